//! Values that nobody expects, from a seed: the same seed, the same values.

use serde_json::{Value, json};

/// Randomness that can be had again (SplitMix64).
pub struct Seeded(u64);

impl Seeded {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound.max(1) as u64) as usize
    }

    /// True this often in a hundred.
    pub fn percent(&mut self, often: usize) -> bool {
        self.below(100) < often
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Letters and digits that nothing makes shorter.
    pub fn letters(&mut self, count: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        (0..count).map(|_| char::from(*self.pick(LETTERS))).collect()
    }
}

/// Texts at which something was found wrong somewhere, once.
const TEXTS: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "\r\nX-Injected: 1",
    "\u{feff}",
    "\u{202e}gnp.exe",
    "ʼ' OR '1'='1",
    "'; DROP TABLE users;--",
    "../../../../etc/passwd",
    "..%2f..%2f",
    "%00",
    "%",
    "%zz",
    "<script>alert(1)</script>",
    "\"><img src=x>",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://127.0.0.1:1/",
    "https://127.0.0.1:1/x?y#z",
    "https://user:pass@127.0.0.1:1/",
    "http://[::1]:1/",
    "//127.0.0.1:1",
    "app:/callback",
    "com.example.app:/callback",
    "urn:ietf:params:oauth:request_uri:x",
    "-1",
    "0",
    "1",
    "1e9",
    "1e400",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "99999999999999999999999999",
    "NaN",
    "true",
    "null",
    "undefined",
    "[]",
    "{}",
    "{\"a\":",
    "[[[[[[[[[[[[[[[[",
    "a,b c+d",
    "openid openid  profile",
    "openid profile email offline_access",
    "none",
    "login consent",
    "fragment",
    "form_post",
    "web_message",
    "jwt",
    "code token id_token",
    "id_token",
    "S256",
    "plain",
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "eyJhbGciOiJub25lIn0.e30.",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA",
    "a.b.c.d.e",
    "..",
    ".",
    "ada@people.example",
    "a@b@c.example",
    "\"quoted local\"@people.example",
    "ada@пример.испытание",
    "*.example.com",
    "xn--",
    "${context.tokenset.email}",
    "${context.tokenset.",
    "${context.tokenset[\"a\" || 'b'][0]}",
    "oidc|acme|x",
    "local|x",
    "con_0123456789abcdef",
    "*",
    "\"etag\"",
    "W/\"x\", *",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "ﬀﬁ\u{0301}",
    "İ",
    "日本語",
];

/// A text, mostly odd, at times long; `longest` in bytes.
pub fn odd_text(random: &mut Seeded, longest: usize) -> String {
    match random.below(20) {
        0 => {
            let length = 1 + random.below(longest);
            random.letters(length)
        }
        1 => {
            let count = 1 + random.below(300).min(longest);
            random.pick(TEXTS).repeat(count).chars().take(longest / 4).collect()
        }
        2 | 3 => {
            let (one, other) = (*random.pick(TEXTS), *random.pick(TEXTS));
            format!("{one}{other}")
        }
        4 => (0..random.below(40)).map(|_| char::from((random.number() % 256) as u8)).collect(),
        _ => (*random.pick(TEXTS)).to_owned(),
    }
}

/// Bytes, mostly of an odd text, at times no UTF-8.
pub fn odd_bytes(random: &mut Seeded, longest: usize) -> Vec<u8> {
    let mut bytes = odd_text(random, longest).into_bytes();
    if random.percent(15) {
        let at = random.below(bytes.len() + 1);
        let junk: Vec<u8> = (0..=random.below(6)).map(|_| (random.number() % 256) as u8).collect();
        bytes.splice(at..at, junk);
    }
    bytes
}

/// A JSON value of any type.
pub fn odd_json(random: &mut Seeded, longest: usize) -> Value {
    match random.below(12) {
        0 => Value::Null,
        1 => json!(random.percent(50)),
        2 => json!(random.number() as i64),
        3 => json!(*random.pick(&[0_i64, 1, -1, i64::MAX, i64::MIN, 2_147_483_648, 253_402_300_800])),
        4 => json!(*random.pick(&[0.5_f64, -0.0, 1e300, 1e-300, 9_007_199_254_740_993.0])),
        5 => (0..random.below(150)).fold(json!([]), |inner, _| json!([inner])),
        6 => (0..random.below(150)).fold(json!({}), |inner, _| json!({"a": inner})),
        7 => (0..random.below(200)).map(|_| json!(odd_text(random, 40))).collect(),
        8 => {
            let keys = random.below(60);
            let member = |_| (odd_text(random, 40), json!(odd_text(random, 40)));
            Value::Object((0..keys).map(member).collect())
        }
        _ => json!(odd_text(random, longest)),
    }
}
