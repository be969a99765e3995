//! A megabyte of JSON in pieces of 20 bytes: parsed piece by piece, and parsed at once after the last piece.
//!
//! `cargo bench --manifest-path bench/Cargo.toml --bench partial`

use std::fmt::Write;

use claudette::json::PartialJson;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use serde_json::Value;

fn main() {
    divan::main();
}

/// Returns a list of records, as a model would write it.
fn json() -> String {
    let mut json = String::from("{\"title\": \"Stock\", \"items\": [");
    let mut id = 0;
    while json.len() < 1_000_000 {
        let comma = if id == 0 { "" } else { ", " };
        let _ = write!(
            json,
            "{comma}{{\"id\": {id}, \"name\": \"Item \\\"{id}\\\" of the caf\\u00e9\", \"price\": {}.25, \"in_stock\": {}, \
             \"text\": \"First line.\\nSecond line, which is a little longer than the first.\", \
             \"tags\": [\"one\", \"two\"], \"size\": {{\"width\": {}, \"height\": 1.5e1, \"unit\": null}}}}",
            id % 90,
            id % 2 == 0,
            id % 7,
        );
        id += 1;
    }
    json + "]}"
}

/// Cuts the text, which is ASCII, into pieces of 20 bytes.
fn pieces(json: &str) -> Vec<String> {
    json.as_bytes().chunks(20).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect()
}

fn bench(bencher: Bencher<'_, '_>, read: impl Fn(&[String])) {
    let json = json();
    let pieces = pieces(&json);
    bencher.counter(BytesCount::of_str(&json)).bench_local(|| read(black_box(&pieces)));
}

/// Only collects the pieces: the part of the cost that all methods share.
#[divan::bench(sample_count = 100, sample_size = 1)]
fn collected(bencher: Bencher<'_, '_>) {
    bench(bencher, |pieces| drop(black_box(collect(pieces))));
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn collected_and_read_at_once(bencher: Bencher<'_, '_>) {
    bench(bencher, |pieces| {
        drop(black_box(serde_json::from_slice::<Value>(collect(pieces).as_bytes()).unwrap()));
    });
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn read_as_it_comes(bencher: Bencher<'_, '_>) {
    bench(bencher, |pieces| {
        let mut json = PartialJson::new();
        for piece in pieces {
            json.push(piece).unwrap();
            black_box(json.value());
        }
        drop(black_box(json.finish().unwrap()));
    });
}

fn collect(pieces: &[String]) -> String {
    let mut text = String::new();
    for piece in pieces {
        text.push_str(black_box(piece));
    }
    text
}
