//! The fuzz targets as property tests, with a few hundred cases each; `cargo fuzz` runs millions.

#[path = "../../../fuzz/targets.rs"]
mod targets;

use proptest::prelude::*;

/// Streams, events and blocks as seeds, because pure noise seldom gets past the first brace.
const SEEDS: [&str; 3] = [
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[],\"usage\":{\"input_tokens\":7}}}\r\n\r\n\
     event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
     : ping\n\nevent: content_block_delta\rdata: {\"type\":\"content_block_delta\",\"index\":0,\
     \"delta\":{\"type\":\"text_delta\",\"text\":\"\u{e9}\u{65e5}\"}}\r\r\
     event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n\
     event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n\
     event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    "{\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\
     {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{}}}\n\
     {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":1}\"}}\n\
     {\"type\":\"content_block_stop\",\"index\":0}\n{\"type\":\"message_delta\",\"delta\":{},\"usage\":null}\n",
    "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}],\
     \"is_error\":null},{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":null},{\"type\":\"hologram\",\"n\":[1.5,{\"a\":[]}]}],\"x\":1}",
];

/// Generates noise, or a seed with some bytes changed, removed or inserted.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 0..6);
    let edited = (0..SEEDS.len(), edits).prop_map(|(seed, edits)| {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (place, byte, how) in edits {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => bytes.truncate(place.max(1)),
                _ => bytes.insert(place, byte),
            }
        }
        bytes
    });
    prop_oneof![1 => prop::collection::vec(any::<u8>(), 0..300), 4 => edited]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stream(size in any::<u8>(), body in bytes()) {
        targets::stream(&[&[size], &*body].concat());
    }

    #[test]
    fn accumulator(data in bytes()) {
        targets::accumulator(&data);
    }

    #[test]
    fn block(data in bytes()) {
        targets::block(&data);
    }

    #[test]
    fn partial(size in any::<u8>(), text in bytes()) {
        targets::partial(&[&[size], &*text].concat());
    }
}
