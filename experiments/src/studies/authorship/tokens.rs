//! What of a text may tell its author, and not its topic: function words, punctuation, and of all
//! other words the ending.

/// The 70 function words of Mosteller & Wallace (1964, table 2.5-2), chosen by them from lists of
/// common English words without regard to who wrote what. In alphabetical order.
const FUNCTION_WORDS: [&str; 70] = [
    "a", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "do", "down", "even", "every", "for", "from", "had", "has", "have", "her", "his", "if", "in",
    "into", "is", "it", "its", "may", "more", "must", "my", "no", "not", "now", "of", "on", "one",
    "only", "or", "our", "shall", "should", "so", "some", "such", "than", "that", "the", "their",
    "then", "there", "things", "this", "to", "up", "upon", "was", "were", "what", "when", "which",
    "who", "will", "with", "would", "your",
];
/// Marks, the last for all that end a sentence.
const MARKS: [&str; 4] = [",", ";", ":", "."];
/// Endings of other words, the first that fits.
const ENDINGS: [&str; 4] = ["ing", "ed", "ly", "s"];
/// Shorter words have no ending.
const SHORTEST: usize = 4;

/// The token of a word that tells nothing.
pub const OTHER: usize = FUNCTION_WORDS.len() + MARKS.len() + ENDINGS.len();
/// Number of different tokens.
pub const TOKENS: usize = OTHER + 1;

/// The tokens of a text. Numbers, quotation marks, brackets and dashes are none.
pub fn tokens(text: &str) -> Vec<usize> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            tokens.push(of_word(&word));
            word.clear();
        }
        let mark = match c {
            '.' | '?' | '!' => ".",
            ',' => ",",
            ';' => ";",
            ':' => ":",
            _ => continue,
        };
        let place = MARKS.iter().position(|known| *known == mark);
        tokens.extend(place.map(|place| FUNCTION_WORDS.len() + place));
    }
    tokens
}

/// What a token stands for, to be shown.
///
/// # Panics
/// If there is no such token.
pub fn name(token: usize) -> String {
    let marks = token.checked_sub(FUNCTION_WORDS.len());
    let endings = marks.and_then(|mark| mark.checked_sub(MARKS.len()));
    match (marks, endings) {
        (None, _) => FUNCTION_WORDS[token].into(),
        (Some(mark), None) => MARKS[mark].into(),
        (_, Some(ending)) => {
            let known = ENDINGS.get(ending);
            known.map_or_else(|| "other".into(), |ending| format!("-{ending}"))
        }
    }
}

/// The token of a word in lower case.
fn of_word(word: &str) -> usize {
    if let Ok(place) = FUNCTION_WORDS.binary_search(&word) {
        return place;
    }
    let ending = ENDINGS.iter().position(|ending| word.ends_with(ending));
    let long = word.chars().count() >= SHORTEST;
    let ending = ending.filter(|_| long);
    ending.map_or(OTHER, |place| FUNCTION_WORDS.len() + MARKS.len() + place)
}
