//! Inputs that are nearly right: seeds, changed at random. The same seed number makes the same inputs everywhere.

/// What readers stumble over, in places where they do not expect it.
const MORSELS: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b".",
    b"-",
    b"%",
    b"%00",
    b"%ff",
    b"&",
    b"=",
    b"#",
    b"@",
    b"//",
    b"/../",
    b"*",
    b"${",
    b"}",
    b"||",
    b"'",
    b"<",
    b">",
    b"</",
    b"<!--",
    b"&#x",
    b"&amp;",
    b"<script",
    b"null",
    b"true",
    b"0",
    b"-1",
    b"1e308",
    b"1e999",
    b"9223372036854775807",
    b"18446744073709551616",
    b"-9223372036854775808",
    b"0.1",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\xe2\x80\x8b",
    b"\xc2\xa0",
    b"\xcc\x81",
    b"\xef\xbc\x8e",
    b"xn--",
    b"\xc3\x9f",
    b"\xc4\xb0",
    b"1795000000",
    b"exp",
    b"alg",
    b"none",
    b"kid",
    b"jwk",
    b"crit",
    b"sub",
    b"aud",
    b"iss",
];

/// Chunks are repeated up to the longest input once in so many times: enough to see what grows too fast, and seldom
/// enough that most inputs are short and many.
const LONG_ONES: u64 = 40;

pub struct Mutator {
    state: u64,
    longest: usize,
}

impl Mutator {
    pub fn new(seed: u64, longest: usize) -> Self {
        Self { state: seed, longest }
    }

    /// The next number (SplitMix64).
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; zero if there is none.
    fn below(&mut self, end: usize) -> usize {
        let number = usize::try_from(self.number() >> 1).unwrap_or_default();
        number.checked_rem(end).unwrap_or_default()
    }

    /// A part of `input`, which may be empty.
    fn part(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let (one, other) = (self.below(input.len() + 1), self.below(input.len() + 1));
        one.min(other)..one.max(other)
    }

    /// One of `seeds`, changed a few times.
    pub fn next(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            self.change(&mut input, seeds);
            input.truncate(self.longest);
        }
        if self.number().is_multiple_of(LONG_ONES) {
            self.grow(&mut input);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        match self.below(9) {
            0 if !input.is_empty() => {
                let (at, bit) = (self.below(input.len()), self.below(8));
                input[at] ^= 1 << bit;
            }
            1 if !input.is_empty() => {
                let (at, byte) = (self.below(input.len()), self.below(256));
                input[at] = u8::try_from(byte).unwrap_or_default();
            }
            2 => {
                let part = self.part(input);
                input.drain(part);
            }
            3 => {
                let part = self.part(input);
                let copied = input[part].to_vec();
                input.splice(at..at, copied);
            }
            4 => {
                let other = &seeds[self.below(seeds.len())];
                let part = self.part(other);
                let copied = other[part].to_vec();
                input.splice(at..at, copied);
            }
            5 => {
                let part = self.part(input);
                let morsel = MORSELS[self.below(MORSELS.len())];
                input.splice(part, morsel.iter().copied());
            }
            // Numbers and names of JSON are changed as a whole, so that what is around them stays readable.
            6 => self.replace_word(input),
            _ => {
                let morsel = MORSELS[self.below(MORSELS.len())];
                input.splice(at..at, morsel.iter().copied());
            }
        }
    }

    fn replace_word(&mut self, input: &mut Vec<u8>) {
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let start = self.below(input.len());
        let Some(begin) = input.iter().skip(start).position(is_letter).map(|found| start + found) else {
            return;
        };
        let end = begin + input[begin..].iter().take_while(|byte| is_letter(byte)).count();
        let morsel = MORSELS[self.below(MORSELS.len())];
        input.splice(begin..end, morsel.iter().copied());
    }

    /// Repeats a part until the input is as long as can be.
    fn grow(&mut self, input: &mut Vec<u8>) {
        let part = match self.below(2) {
            0 => self.part(input),
            _ => {
                let begin = self.below(input.len());
                begin..(begin + 1 + self.below(4)).min(input.len())
            }
        };
        let chunk = input[part.clone()].to_vec();
        if chunk.is_empty() {
            return;
        }
        let times = self.longest.saturating_sub(input.len()) / chunk.len();
        input.splice(part.end..part.end, chunk.repeat(times));
    }
}
