//! Every operation, on every element type, beside what NumPy gives (`golden.py` made the file).

use pyrun::{ArrayNumber, Operand, Operations, Result};

use crate::support::{Bits, Generated, elements, operations};

/// What a case gives, as the file has it: type, count, hash.
#[derive(Debug, PartialEq)]
struct Digest {
    ty: String,
    count: usize,
    hash: u64,
}

fn digest<T: Bits>(values: &[T]) -> Digest {
    let bytes = values.iter().flat_map(|value| value.bits().to_le_bytes().into_iter().take(T::width()));
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    Digest { ty: T::NAME.to_owned(), count: values.len(), hash }
}

/// One line of the file, left of the equals sign.
struct Case<'a> {
    operation: &'a str,
    kind: &'a str,
    count: usize,
    seed: u64,
    arguments: Vec<&'a str>,
}

impl Case<'_> {
    fn number(&self, index: usize) -> f64 {
        self.arguments[index].parse().unwrap()
    }

    fn size(&self, index: usize) -> usize {
        self.arguments[index].parse().unwrap()
    }

    fn first<T: Generated>(&self) -> Vec<T> {
        let mut a = elements::<T>(self.kind, self.count, self.seed);
        if self.arguments.first() == Some(&"+") {
            // Zeros of one sign.
            let zero = elements::<T>("ties", 200, 1).into_iter().find(|x| x.bits() == 0).unwrap();
            for x in &mut a {
                *x = if *x == zero { zero } else { *x };
            }
        }
        a
    }
}

/// An operand, copied for the call or in the module's memory.
trait Held: Operand {
    fn hold(ops: &mut Operations, elements: &[Self::Element]) -> Self;
    fn give<U: pyrun::Stored>(ops: &mut Operations, output: Self::Output<U>) -> Vec<U>;
}

impl<T: pyrun::Stored> Held for Vec<T> {
    fn hold(_: &mut Operations, elements: &[T]) -> Self {
        elements.to_vec()
    }

    fn give<U: pyrun::Stored>(_: &mut Operations, output: Vec<U>) -> Vec<U> {
        output
    }
}

impl<T: pyrun::Stored> Held for pyrun::ResidentArray<T> {
    fn hold(ops: &mut Operations, elements: &[T]) -> Self {
        ops.array(elements).unwrap()
    }

    fn give<U: pyrun::Stored>(ops: &mut Operations, output: pyrun::ResidentArray<U>) -> Vec<U> {
        ops.to_vec(&output).unwrap()
    }
}

/// Operations on one array.
fn one<T: Generated, H: Held<Element = T>>(ops: &mut Operations, case: &Case<'_>) -> Option<Result<Digest>>
where
    T::Sum: Bits,
    T::Real: Bits,
{
    let values = case.first::<T>();
    let a = H::hold(ops, &values);
    macro_rules! array {
        ($output:expr) => {
            $output.map(|output| digest(&H::give(ops, output)))
        };
    }
    Some(match case.operation {
        "sum" => ops.sum(&a).map(|x| digest(&[x])),
        "mean" => ops.mean(&a).map(|x| digest(&[x])),
        "var" => ops.var(&a, case.size(0)).map(|x| digest(&[x])),
        "min" => ops.min(&a).map(|x| digest(&[x])),
        "max" => ops.max(&a).map(|x| digest(&[x])),
        "argmin" => ops.argmin(&a).map(|x| digest(&[x as i64])),
        "argmax" => ops.argmax(&a).map(|x| digest(&[x as i64])),
        "abs" => array!(ops.abs(&a)),
        "sqrt" => array!(ops.sqrt(&a)),
        "cumsum" => array!(ops.cumsum(&a)),
        "sort" => array!(ops.sort(&a)),
        "argsort" => array!(ops.argsort(&a)),
        "scale" => array!(ops.scale(&a, values[0])),
        "clip" => {
            let (first, last) = (values[0], values[case.count - 1]);
            // As Python's `min` and `max` choose.
            array!(ops.clip(&a, if last < first { last } else { first }, if last > first { last } else { first }))
        }
        _ => return None,
    })
}

/// Operations on pairs of elements.
fn two<T: Generated, H: Held<Element = T>>(ops: &mut Operations, case: &Case<'_>) -> Option<Result<Digest>>
where
    T::Real: Bits,
{
    let (a, b) = (case.first::<T>(), elements::<T>(case.kind, case.count, case.seed + 1000));
    let (all_a, all_b) = (a.clone(), b.clone());
    let shape = case.arguments.first().copied().unwrap_or_default();
    let a = H::hold(ops, &a[..if shape == "-1" { a.len().min(1) } else { a.len() }]);
    let b = H::hold(ops, &b[..if shape == "1" { b.len().min(1) } else { b.len() }]);
    macro_rules! array {
        ($output:expr) => {
            $output.map(|output| digest(&H::give(ops, output)))
        };
    }
    Some(match case.operation {
        "add" => array!(ops.add(&a, &b)),
        "sub" => array!(ops.sub(&a, &b)),
        "mul" => array!(ops.mul(&a, &b)),
        "div" => array!(ops.div(&a, &b)),
        "floor_divide" => array!(ops.floor_divide(&a, &b)),
        "remainder" => array!(ops.remainder(&a, &b)),
        "equal" => array!(ops.equal(&a, &b)),
        "not_equal" => array!(ops.not_equal(&a, &b)),
        "less" => array!(ops.less(&a, &b)),
        "less_equal" => array!(ops.less_equal(&a, &b)),
        "greater" => array!(ops.greater(&a, &b)),
        "greater_equal" => array!(ops.greater_equal(&a, &b)),
        "dot" => ops.dot(&a, &b).map(|x| digest(&[x])),
        "axpy" => array!(ops.axpy(all_a[0], &a, &b)),
        "where" => {
            let condition: Vec<bool> = all_a.iter().zip(&all_b).map(|(a, b)| a < b).collect();
            array!(ops.choose(&condition, &a, &b))
        }
        _ => return None,
    })
}

/// Matrices and series.
fn shaped<T: Generated, H: Held<Element = T>>(ops: &mut Operations, case: &Case<'_>) -> Result<Digest>
where
    T::Real: Bits + From<f32>,
{
    match case.operation {
        "matmul" => {
            let (rows, inner, columns) = (case.size(0), case.size(1), case.size(2));
            let a = H::hold(ops, &elements(case.kind, rows * inner, case.seed));
            let b = H::hold(ops, &elements(case.kind, inner * columns, case.seed + 1000));
            ops.matmul(&a, &b, rows, inner, columns).map(|out| digest(&H::give(ops, out)))
        }
        "transpose" => {
            let (rows, columns) = (case.size(0), case.size(1));
            let a = H::hold(ops, &elements(case.kind, rows * columns, case.seed));
            ops.transpose(&a, rows, columns).map(|out| digest(&H::give(ops, out)))
        }
        "linspace" => {
            let steps = ops.linspace::<T>(case.number(0), case.number(1), case.count, case.arguments[2] == "1")?;
            ops.to_vec(&steps).map(|steps| digest(&steps))
        }
        "histogram" | "edges" => {
            let a = H::hold(ops, &case.first::<T>());
            let end = |index| <T as ArrayNumber>::Real::from(case.number(index) as f32);
            let range = (case.arguments.len() > 1).then(|| (end(1), end(2)));
            let histogram = ops.histogram(&a, case.size(0), range)?;
            Ok(if case.operation == "edges" { digest(&histogram.edges) } else { digest(&histogram.counts) })
        }
        other => panic!("no operation {other}"),
    }
}

fn run<T: Generated, H: Held<Element = T>>(ops: &mut Operations, case: &Case<'_>) -> Digest
where
    T::Sum: Bits,
    T::Real: Bits + From<f32>,
{
    let done = one::<T, H>(ops, case).or_else(|| two::<T, H>(ops, case));
    done.unwrap_or_else(|| shaped::<T, H>(ops, case)).unwrap()
}

fn both<T: Generated>(ops: &mut Operations, case: &Case<'_>) -> [Digest; 2]
where
    T::Sum: Bits,
    T::Real: Bits + From<f32>,
{
    [run::<T, Vec<T>>(ops, case), run::<T, pyrun::ResidentArray<T>>(ops, case)]
}

#[test]
fn each_operation_gives_what_numpy_gives() {
    let mut ops = operations();
    let mut wrong = Vec::new();
    for line in include_str!("golden.txt").lines().filter(|line| !line.starts_with('#')) {
        let (left, right) = line.split_once(" = ").unwrap();
        let words: Vec<&str> = left.split(' ').collect();
        let case = Case {
            operation: words[0],
            kind: words[2],
            count: words[3].parse().unwrap(),
            seed: words[4].parse().unwrap(),
            arguments: words[5..].to_vec(),
        };
        let expected: Vec<&str> = right.split(' ').collect();
        let hash = u64::from_str_radix(expected[2], 16).unwrap();
        let expected = Digest { ty: expected[0].to_owned(), count: expected[1].parse().unwrap(), hash };
        let given = match words[1] {
            "f64" => both::<f64>(&mut ops, &case),
            "f32" => both::<f32>(&mut ops, &case),
            "i64" => both::<i64>(&mut ops, &case),
            _ => both::<i32>(&mut ops, &case),
        };
        if given.iter().any(|given| *given != expected) {
            wrong.push(format!("{line}\n  {given:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
}
