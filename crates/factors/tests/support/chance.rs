//! Chance that can be had again, and what it does to bytes.

/// SplitMix64: enough to choose places with.
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `bound`; 0 for none.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { usize::try_from(self.next() % bound as u64).unwrap() }
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn range(&mut self, length: usize, most: usize) -> (usize, usize) {
        let from = self.below(length);
        (from, (from + 1 + self.below(most)).min(length))
    }

    /// One to four changes.
    pub fn change(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            self.change_once(bytes);
        }
    }

    fn change_once(&mut self, bytes: &mut Vec<u8>) {
        const HEADS: [&[u8]; 10] = [
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0xbb, 0, 0, 0, 0, 0, 0, 255, 255],
            &[0x5b, 127, 255, 255, 255, 255, 255, 255, 255],
            &[0x59, 255, 255],
            &[0x9f],
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81],
            &[0xc1],
            &[0x30, 0x84, 255, 255, 255, 255],
            &[0x30, 0x80],
            &[0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
        ];
        let at = self.below(bytes.len());
        match self.below(9) {
            _ if bytes.is_empty() => bytes.push(self.byte()),
            0 | 1 => bytes[at] ^= 1 << self.below(8),
            2 => bytes[at] = self.byte(),
            3 => bytes.truncate(at),
            4 => {
                let (from, to) = self.range(bytes.len(), 40);
                bytes.drain(from..to);
            }
            5 => {
                let (from, to) = self.range(bytes.len(), 40);
                let copy = bytes[from..to].to_vec();
                bytes.splice(at..at, copy);
            }
            6 => {
                let head = HEADS[self.below(HEADS.len())];
                bytes.splice(at..at, head.iter().copied());
            }
            7 => {
                let head = HEADS[self.below(HEADS.len())];
                let end = (at + head.len()).min(bytes.len());
                bytes.splice(at..end, head.iter().copied());
            }
            // Seldom, a lot of one thing.
            _ => {
                let many = if self.below(20) == 0 { 40_000 } else { 40 };
                let filling = vec![self.byte(); self.below(many)];
                bytes.splice(at..at, filling);
            }
        }
    }
}
