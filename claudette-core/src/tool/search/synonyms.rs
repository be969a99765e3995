//! [`Synonyms`]: everyday words for the words in descriptions of tools.

use std::collections::HashMap;

use super::words::Stems;

/// Words that mean the same, or nearly so, in requests to a program. A line with `>` holds in one direction: the words
/// on its left are kinds or signs of those on its right.
///
/// Only words of general use belong here. Words that have a special meaning in one service do not.
const LINES: &[&str] = &[
    // Actions.
    "create add new insert register set",
    "create generate draw compose write produce",
    "put place > add create move",
    "delete remove erase drop discard clear rid",
    "cancel withdraw revoke abort void skip",
    "list show display view see",
    "get return fetch retrieve",
    "find search look locate where",
    "update change edit modify adjust correct",
    "send deliver submit dispatch",
    "start begin launch run trigger execute activate",
    "stop end halt quit terminate kill",
    "stop shut off",
    "pause suspend hold snooze",
    "resume continue",
    "finish complete done close",
    "enable activate switch turn",
    "disable deactivate switch turn",
    "upload import load",
    "download export",
    "store save keep remember",
    "record log note track",
    "move transfer shift status",
    "copy duplicate clone fork",
    "restore recover undo revert rollback back",
    "previous earlier before last old",
    "repeat again retry rerun",
    "schedule plan book reserve arrange",
    "approve accept confirm allow",
    "reject decline deny refuse",
    "merge combine join unite",
    "split divide break smaller",
    "assign hand delegate",
    "invite ask request",
    "notify remind alert warn tell inform ping",
    "share access permission allow",
    "block ban mute silence",
    "publish release post",
    "compare difference differ changed versus",
    "answer reply respond response",
    "comment note remark annotate",
    "rate score stars",
    "estimate calculate compute",
    "convert translate transform turn",
    "link connect attach depend",
    "buy purchase order",
    "pay charge bill",
    "bill invoice",
    "refund reimburse repay claim back",
    "read show open",
    "recommend suggest",
    // People and organisations.
    "person people somebody someone anybody anyone guy",
    "customer client buyer",
    "lead prospect potential",
    "company organisation organization firm business",
    "employee worker staff colleague",
    "boss manager supervisor",
    "candidate applicant",
    "job position vacancy",
    // Time and absence.
    "monday tuesday wednesday thursday friday saturday sunday weekend today tomorrow > day",
    "january february march april may june july august september october november december > month day",
    "when > time day",
    "weekly daily monthly every > recurring repeat",
    "calendar agenda diary schedule",
    "meeting appointment event",
    "lunch dinner breakfast party sync standup review demo call interview > meeting event",
    "meet > meeting",
    "attend come > invitation",
    "deadline due overdue late",
    "owe unpaid outstanding overdue",
    "vacation holiday leave absence away off",
    "sick ill unwell",
    "free available empty",
    "sleep bed",
    // Messages and files.
    "mail email message",
    "newsletter mailing campaign advertising marketing",
    "telephone phone call",
    "document file paper",
    "picture photo image",
    "folder directory",
    "excel xlsx > spreadsheet",
    "powerpoint slides deck presentation",
    "bin trash",
    "scan > scanned recognize",
    // Money.
    "money cash funds amount",
    "euro dollar yen pound franc > currency amount",
    "cost price spending expense",
    "spend > spending cost",
    "income revenue earnings",
    "forecast expect predict",
    "offer quote proposal",
    "deal opportunity contract",
    "tax vat",
    "salary wage pay",
    "taxi hotel flight train > travel",
    // Software.
    "pr > pull request",
    "repo repository",
    "bug issue ticket defect",
    "build ci workflow",
    "output log printed",
    "server machine vm instance",
    "production prod > deploy service",
    "copy replica",
    "ssl tls https",
    "sql query statement",
    "row record entry",
    "column field",
    "login user account",
    "password secret credential token",
    "urgent important priority",
    "fast quick speed velocity",
    "fail broken crash damage",
    // Things.
    "package parcel shipment",
    "stock inventory warehouse",
    "truck vehicle van lorry",
    "article product item",
    "goods articles",
    "rain snow sun wind cloudy > weather forecast",
    "storm flood hurricane > severe warning",
    "smog pollution > air",
    "temperature degree celsius",
    "warm cold heat cool > temperature",
    "degree > heat thermostat",
    "light lamp bulb",
    "dark bright > light",
    "bedroom kitchen bathroom > room",
    "blind shutter curtain",
    "clean vacuum hoover",
    "song track music",
    "film movie video",
    "sunset sunrise",
];

/// For each word, the other words to look for.
pub(super) struct Synonyms(HashMap<String, Vec<String>>);

impl Synonyms {
    pub(super) fn new(stems: &Stems) -> Self {
        let mut all: HashMap<String, Vec<String>> = HashMap::new();
        for line in LINES {
            let (from, to) = line.split_once('>').unwrap_or((line, line));
            let to: Vec<String> = stems.of(to).collect();
            for word in stems.of(from) {
                let others = to.iter().filter(|other| **other != word).cloned();
                let others: Vec<String> = others.collect();
                all.entry(word).or_default().extend(others);
            }
        }
        Self(all)
    }

    /// Returns other words for a word.
    pub(super) fn of(&self, word: &str) -> &[String] {
        self.0.get(word).map_or(&[], Vec::as_slice)
    }
}
