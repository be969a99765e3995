//! [`rank`]: BM25, the ranking of texts by the words of a query.

/// Returns the positions of the texts that contain a word of the query, the best one first.
pub(super) fn rank(query: &str, texts: &[String]) -> Vec<usize> {
    const K1: f64 = 1.5;
    const B: f64 = 0.75;
    let texts: Vec<Vec<String>> = texts.iter().map(|text| words(text)).collect();
    let count = texts.len() as f64;
    let average = texts.iter().map(Vec::len).sum::<usize>() as f64 / count.max(1.0);
    let mut query = words(query);
    query.sort();
    query.dedup();
    let mut scores = vec![0.0; texts.len()];
    for word in query {
        let times = |text: &Vec<String>| text.iter().filter(|other| **other == word).count() as f64;
        let with = texts.iter().filter(|text| text.contains(&word)).count() as f64;
        let rarity = ((count - with + 0.5) / (with + 0.5)).ln_1p();
        for (score, text) in scores.iter_mut().zip(&texts) {
            let times = times(text);
            *score += rarity * times * (K1 + 1.0) / (times + K1 * (1.0 - B + B * text.len() as f64 / average));
        }
    }
    let mut ranked: Vec<usize> = (0..texts.len()).filter(|text| scores[*text] > 0.0).collect();
    ranked.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    ranked
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}
