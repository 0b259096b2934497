//! A content against a plain vector: the same operations in a random order, and every count after each.

use std::sync::Arc;

use super::{CHUNK, CHUNK_OVERHEAD, Content, cost};
use crate::budget::Budget;
use crate::errno::{Errno, Result};

/// The counts are those of the chunks, and the budget has them.
fn check(content: &Content, budget: &Budget) {
    let lengths: Vec<usize> = content.chunks().map(|(_, chunk)| chunk.len()).collect();
    assert!(lengths.iter().all(|length| *length > 0 && *length <= CHUNK as usize));
    assert!(content.chunks().all(|(index, chunk)| index * CHUNK + chunk.len() as u64 <= content.size()));
    assert_eq!(content.allocated(), lengths.iter().map(|length| *length as u64).sum::<u64>());
    assert_eq!(content.held(), lengths.iter().map(|length| cost(*length)).sum::<u64>());
    assert_eq!(budget.used(), content.held());
    for (_, chunk) in content.chunks() {
        assert!(chunk.capacity() as u64 + CHUNK_OVERHEAD <= cost(chunk.len()));
    }
    let (size, chunks) = (content.size(), content.chunks().map(|(index, chunk)| (index, chunk.clone())).collect());
    let again = Content::from_chunks(size, chunks).expect("the invariants hold");
    assert_eq!((again.size(), again.allocated(), again.held()), (size, content.allocated(), content.held()));
}

fn bytes_of(content: &Content) -> Vec<u8> {
    let mut bytes = vec![9; content.size() as usize + 3];
    assert_eq!(content.read_at(0, &mut bytes), content.size() as usize);
    assert_eq!(bytes.split_off(content.size() as usize), [9; 3]);
    bytes
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// Near the start, or around the bounds of chunks.
    fn offset(&mut self) -> u64 {
        self.below(4) * CHUNK + self.below(3).saturating_sub(1) * (CHUNK - 7) + self.below(14)
    }
}

/// Writes to both, as much as the budget lets.
fn write(content: &mut Content, model: &mut Vec<u8>, (offset, text): (u64, &[u8]), budget: &Budget) {
    let count = match content.write_at(offset, text, budget) {
        Ok(count) => count,
        Err(errno) => return assert_eq!(errno, Errno::NoSpc),
    };
    if count > 0 {
        let end = offset as usize + count;
        model.resize(model.len().max(end), 0);
        model[offset as usize..end].copy_from_slice(&text[..count]);
    }
    if let Some(next) = text.get(count..).filter(|left| !left.is_empty()) {
        let more = content.write_at(offset + count as u64, &next[..1], budget);
        assert_eq!(more, Err(Errno::NoSpc), "as much as fits is written");
    }
}

fn read(content: &Content, model: &[u8], offset: u64, length: usize) {
    let mut buf = vec![7; length];
    let count = content.read_at(offset, &mut buf);
    let rest = model.get(offset as usize..).unwrap_or_default();
    assert_eq!(buf[..count], rest[..rest.len().min(buf.len())]);
    assert!(buf[count..].iter().all(|byte| *byte == 7));
}

#[test]
fn a_content_is_an_array_of_bytes() {
    for limit in [300, 3_000, CHUNK, 2 * CHUNK + 500, 1 << 30] {
        let budget = Budget::new(limit);
        let mut random = Random(limit);
        let (mut content, mut model) = (Content::default(), Vec::new());
        for step in 0..400 {
            let offset = random.offset();
            match random.below(8) {
                0..5 => {
                    let length = if random.below(3) == 0 { random.offset() } else { random.below(200) };
                    let text: Vec<u8> = (0..length).map(|at| (at + step) as u8 | 1).collect();
                    write(&mut content, &mut model, (offset, &text), &budget);
                }
                5 => {
                    content.set_size(offset, &budget).unwrap();
                    model.resize(offset as usize, 0);
                }
                6 => {
                    let length = random.below(CHUNK) + 1;
                    if content.allocate(offset, length, &budget) == Ok(()) {
                        model.resize(model.len().max((offset + length) as usize), 0);
                        assert!(content.allocated() >= length);
                    }
                }
                _ if random.below(8) == 0 => {
                    content.clear(&budget);
                    model.clear();
                }
                _ => read(&content, &model, offset, random.below(300) as usize),
            }
            check(&content, &budget);
            assert!(bytes_of(&content) == model, "{limit}: {step}");
        }
    }
}

/// What is done, how, and which of three chunks stay shared.
type Change = (&'static str, fn(&mut Content, &Budget) -> Result<()>, [bool; 3]);

const SIZE: u64 = 2 * CHUNK + 10;
const CHANGES: [Change; 6] = [
    ("the same size", |content, budget| content.set_size(SIZE, budget), [true; 3]),
    ("longer", |content, budget| content.set_size(5 * CHUNK, budget), [true; 3]),
    ("what is there", |content, budget| content.allocate(0, SIZE, budget), [true; 3]),
    ("one byte more", |content, budget| content.allocate(0, SIZE + 1, budget), [true, true, false]),
    ("one byte less", |content, budget| content.set_size(SIZE - 1, budget), [true, true, false]),
    ("a byte", |content, budget| content.write_at(CHUNK, b"x", budget).map(drop), [true, false, true]),
];

/// What changes nothing leaves the chunks shared, as an image and what was made from it share them.
#[test]
fn chunks_are_copied_only_when_they_change() {
    let mut content = Content::default();
    content.write_at(0, &vec![1; SIZE as usize], &Budget::new(1 << 30)).unwrap();
    for (name, change, shared) in CHANGES {
        let mut other = content.clone();
        let own = Budget::new(1 << 30);
        own.take(other.held()).unwrap();
        change(&mut other, &own).unwrap();
        let found: Vec<bool> = content.chunks().zip(other.chunks()).map(|((_, a), (_, b))| Arc::ptr_eq(a, b)).collect();
        assert_eq!(found, shared, "{name}");
        check(&other, &own);
    }
}

#[test]
fn what_can_never_fit_is_refused_at_once() {
    let budget = Budget::new(CHUNK_OVERHEAD + 16);
    let mut content = Content::default();
    // Chunk by chunk this would take years.
    assert_eq!(content.allocate(0, 1 << 62, &budget), Err(Errno::NoSpc));
    assert_eq!(content.allocate(0, 17, &budget), Err(Errno::NoSpc));
    assert_eq!(content.allocate(0, 16, &budget), Ok(()));
    check(&content, &budget);
    assert_eq!((CHUNK, CHUNK_OVERHEAD), (65_536, 128));
}
