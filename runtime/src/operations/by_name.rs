//! Operations by NumPy's names, for hosts that know them only when they run: C, ChrysaLisp, text.

use super::any::{AnyArray, Common, Convert, OperationArgument, OperationOutput, common, of_any, of_both};
use super::{OperationError, Operations, ResidentArray};
use crate::error::Error;

/// What operations take besides an array, or two.
const ONE: &str = "an array";
const TWO: &str = "two arrays or numbers";

impl Operations {
    /// Calls the operation that has this name in NumPy, with arguments that are converted to one type as NumPy promotes them.
    ///
    /// | names | arguments |
    /// |---|---|
    /// | `sum`, `mean`, `min`, `max`, `argmin`, `argmax`, `abs`, `sqrt`, `exp`, `log`, `sin`, `cos`, `cumsum`, `sort`, `argsort` | an array |
    /// | `var` | an array, and `ddof` or nothing |
    /// | `add`, `sub`, `mul`, `div`, `floor_divide`, `remainder`, `equal`, `not_equal`, `less`, `less_equal`, `greater`, `greater_equal`, `dot` | two arrays or numbers |
    /// | `scale` | an array, a number |
    /// | `axpy` | a number, two arrays |
    /// | `clip` | an array, two numbers |
    /// | `where` | an array of truth values, two arrays or numbers |
    /// | `linspace` | two numbers, a count, and whether to include the end (0 or 1; 1 by default) |
    /// | `histogram` | an array, the number of bins, and two numbers or nothing |
    /// | `matmul` | two arrays, and three sizes: rows, inner, columns |
    /// | `transpose` | an array, rows, columns |
    ///
    /// # Errors
    /// [`OperationError::Unknown`], [`OperationError::Arguments`], and those of the operation.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
    /// use pyrun::{OperationArgument, OperationOutput};
    /// let sum = ops.call_by_name("sum", &[OperationArgument::Ints(&[1, 2, 3, 4, 5])])?;
    /// assert!(matches!(sum, OperationOutput::Int(15)));
    /// let error = ops.call_by_name("summ", &[]).unwrap_err();
    /// assert_eq!(error.to_string(), "there is no operation \"summ\"");
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_by_name(&mut self, name: &str, arguments: &[OperationArgument<'_>]) -> Result<OperationOutput, Error> {
        match name {
            "var" | "scale" | "axpy" | "clip" | "where" | "linspace" | "histogram" | "matmul" | "transpose" => {
                self.shaped(name, arguments)
            }
            "add" | "sub" | "mul" | "div" | "floor_divide" | "remainder" | "dot" | "equal" | "not_equal" | "less"
            | "less_equal" | "greater" | "greater_equal" => self.two(name, arguments),
            _ => self.one(name, arguments),
        }
    }

    fn one(&mut self, name: &str, arguments: &[OperationArgument<'_>]) -> Result<OperationOutput, Error> {
        let wrong = takes(name, ONE);
        let known = OPERATIONS_ON_ONE.contains(&name);
        let [argument] = arguments else { return Err(if known { wrong } else { unknown(name) }.into()) };
        if !known {
            return Err(unknown(name).into());
        }
        let a = self.numbers(argument, &wrong)?;
        of_any!(&a, a => Ok(match name {
            "sum" => self.sum(a)?.into(),
            "mean" => self.mean(a)?.into(),
            "min" => self.min(a)?.into(),
            "max" => self.max(a)?.into(),
            "argmin" => self.argmin(a)?.into(),
            "argmax" => self.argmax(a)?.into(),
            "abs" => self.abs(a)?.into(),
            "sqrt" => self.sqrt(a)?.into(),
            "exp" => self.exp(a)?.into(),
            "log" => self.log(a)?.into(),
            "sin" => self.sin(a)?.into(),
            "cos" => self.cos(a)?.into(),
            "cumsum" => self.cumsum(a)?.into(),
            "sort" => self.sort(a)?.into(),
            _ => self.argsort(a)?.into(),
        }), Err(wrong.into()))
    }

    fn two(&mut self, name: &str, arguments: &[OperationArgument<'_>]) -> Result<OperationOutput, Error> {
        let wrong = takes(name, TWO);
        let [_, _] = arguments else { return Err(wrong.into()) };
        let [a, b] = self.alike(arguments, &wrong)?;
        of_both!(&a, &b, a, b => Ok(match name {
            "add" => self.add(a, b)?.into(),
            "sub" => self.sub(a, b)?.into(),
            "mul" => self.mul(a, b)?.into(),
            "div" => self.div(a, b)?.into(),
            "floor_divide" => self.floor_divide(a, b)?.into(),
            "remainder" => self.remainder(a, b)?.into(),
            "dot" => self.dot(a, b)?.into(),
            "equal" => self.equal(a, b)?.into(),
            "not_equal" => self.not_equal(a, b)?.into(),
            "less" => self.less(a, b)?.into(),
            "less_equal" => self.less_equal(a, b)?.into(),
            "greater" => self.greater(a, b)?.into(),
            _ => self.greater_equal(a, b)?.into(),
        }), Err(wrong.into()))
    }

    fn shaped(&mut self, name: &str, arguments: &[OperationArgument<'_>]) -> Result<OperationOutput, Error> {
        match (name, arguments) {
            ("var", [a]) => self.variance(a, 0),
            ("var", [a, ddof]) => self.variance(a, size("var", *ddof)?),
            ("scale", [_, factor]) if factor.is_number() => {
                let [a, factor] = self.alike(arguments, &takes(name, SCALE))?;
                let wrong = takes(name, SCALE);
                of_both!(&a, &factor, a, factor => {
                    let factor = self.single(factor)?;
                    Ok(self.scale(a, factor)?.into())
                }, Err(wrong.into()))
            }
            ("axpy", [factor, a, b]) if factor.is_number() => self.scaled_sum(*factor, *a, *b),
            ("clip", [a, low, high]) if low.is_number() && high.is_number() => self.clipped(*a, *low, *high),
            ("where", [condition, a, b]) => self.chosen(*condition, *a, *b),
            ("linspace", [start, stop, count]) => self.steps(*start, *stop, *count, 1),
            ("linspace", [start, stop, count, end]) => self.steps(*start, *stop, *count, size(name, *end)?),
            ("histogram", [a, bins]) => self.bins(a, *bins, None),
            ("histogram", [a, bins, low, high]) => self.bins(a, *bins, Some((*low, *high))),
            ("matmul", [a, b, rows, inner, columns]) => {
                let wrong = takes(name, MATMUL);
                let (rows, inner, columns) = (size(name, *rows)?, size(name, *inner)?, size(name, *columns)?);
                let [a, b] = self.alike(&[*a, *b], &wrong)?;
                of_both!(&a, &b, a, b => Ok(self.matmul(a, b, rows, inner, columns)?.into()), Err(wrong.into()))
            }
            ("transpose", [a, rows, columns]) => {
                let wrong = takes(name, TRANSPOSE);
                let (rows, columns) = (size(name, *rows)?, size(name, *columns)?);
                let a = self.numbers(a, &wrong)?;
                of_any!(&a, a => Ok(self.transpose(a, rows, columns)?.into()), Err(wrong.into()))
            }
            _ => Err(takes(name, wanted(name)).into()),
        }
    }

    fn variance(&mut self, a: &OperationArgument<'_>, ddof: usize) -> Result<OperationOutput, Error> {
        let wrong = takes("var", wanted("var"));
        let a = self.numbers(a, &wrong)?;
        of_any!(&a, a => Ok(self.var(a, ddof)?.into()), Err(wrong.into()))
    }

    fn scaled_sum(
        &mut self,
        factor: OperationArgument<'_>,
        a: OperationArgument<'_>,
        b: OperationArgument<'_>,
    ) -> Result<OperationOutput, Error> {
        let wrong = takes("axpy", wanted("axpy"));
        let [factor, a, b] = self.alike(&[factor, a, b], &wrong)?;
        match (&factor, &a, &b) {
            (AnyArray::F64(factor), AnyArray::F64(a), AnyArray::F64(b)) => self.axpy_of(factor, a, b),
            (AnyArray::F32(factor), AnyArray::F32(a), AnyArray::F32(b)) => self.axpy_of(factor, a, b),
            (AnyArray::I64(factor), AnyArray::I64(a), AnyArray::I64(b)) => self.axpy_of(factor, a, b),
            (AnyArray::I32(factor), AnyArray::I32(a), AnyArray::I32(b)) => self.axpy_of(factor, a, b),
            _ => Err(wrong.into()),
        }
    }

    fn axpy_of<T: Convert>(
        &mut self,
        factor: &ResidentArray<T>,
        a: &ResidentArray<T>,
        b: &ResidentArray<T>,
    ) -> Result<OperationOutput, Error>
    where
        AnyArray: From<ResidentArray<T>>,
    {
        let factor = self.single(factor)?;
        Ok(self.axpy(factor, a, b)?.into())
    }

    fn clipped(
        &mut self,
        a: OperationArgument<'_>,
        low: OperationArgument<'_>,
        high: OperationArgument<'_>,
    ) -> Result<OperationOutput, Error> {
        let wrong = takes("clip", wanted("clip"));
        // Bounds that an i32 cannot be do not make it wider, as in NumPy they would.
        let [a, low, high] = self.alike(&[a, low, high], &wrong)?;
        match (&a, &low, &high) {
            (AnyArray::F64(a), AnyArray::F64(low), AnyArray::F64(high)) => self.clip_of(a, low, high),
            (AnyArray::F32(a), AnyArray::F32(low), AnyArray::F32(high)) => self.clip_of(a, low, high),
            (AnyArray::I64(a), AnyArray::I64(low), AnyArray::I64(high)) => self.clip_of(a, low, high),
            (AnyArray::I32(a), AnyArray::I32(low), AnyArray::I32(high)) => self.clip_of(a, low, high),
            _ => Err(wrong.into()),
        }
    }

    fn clip_of<T: Convert>(
        &mut self,
        a: &ResidentArray<T>,
        low: &ResidentArray<T>,
        high: &ResidentArray<T>,
    ) -> Result<OperationOutput, Error>
    where
        AnyArray: From<ResidentArray<T>>,
    {
        let (low, high) = (self.single(low)?, self.single(high)?);
        Ok(self.clip(a, low, high)?.into())
    }

    fn chosen(
        &mut self,
        condition: OperationArgument<'_>,
        a: OperationArgument<'_>,
        b: OperationArgument<'_>,
    ) -> Result<OperationOutput, Error> {
        let wrong = takes("where", wanted("where"));
        let condition = match condition {
            OperationArgument::Array(AnyArray::Bool(condition)) => condition.clone(),
            OperationArgument::Ints(values) => {
                let truths: Vec<bool> = values.iter().map(|value| *value != 0).collect();
                self.array(&truths)?
            }
            _ => return Err(wrong.into()),
        };
        let [a, b] = self.alike(&[a, b], &wrong)?;
        of_both!(&a, &b, a, b => Ok(self.choose(&condition, a, b)?.into()), Err(wrong.into()))
    }

    fn steps(
        &mut self,
        start: OperationArgument<'_>,
        stop: OperationArgument<'_>,
        count: OperationArgument<'_>,
        end: usize,
    ) -> Result<OperationOutput, Error> {
        let (start, stop) = (float("linspace", start)?, float("linspace", stop)?);
        Ok(self.linspace::<f64>(start, stop, size("linspace", count)?, end != 0)?.into())
    }

    fn bins(
        &mut self,
        a: &OperationArgument<'_>,
        bins: OperationArgument<'_>,
        range: Option<(OperationArgument<'_>, OperationArgument<'_>)>,
    ) -> Result<OperationOutput, Error> {
        let wrong = takes("histogram", wanted("histogram"));
        let bins = size("histogram", bins)?;
        let range = range.map(|(low, high)| Ok::<_, Error>((float("histogram", low)?, float("histogram", high)?)));
        let range = range.transpose()?;
        let a = self.numbers(a, &wrong)?;
        of_any!(&a, a => {
            let found = self.histogram(a, bins, range.map(|(low, high)| (Convert::from_f64(low), Convert::from_f64(high))))?;
            let (counts, edges) = (self.array(&found.counts)?.into(), self.array(&found.edges)?.into());
            Ok(OperationOutput::Histogram { counts, edges })
        }, Err(wrong.into()))
    }

    /// An argument as an array of its own type.
    fn numbers(&mut self, argument: &OperationArgument<'_>, wrong: &OperationError) -> Result<AnyArray, Error> {
        let ty = argument.array_type(wrong)?.unwrap_or_else(|| argument.alone());
        self.as_array(argument, ty, wrong)
    }

    /// Arguments as arrays of one type.
    fn alike<const N: usize>(
        &mut self,
        arguments: &[OperationArgument<'_>],
        wrong: &OperationError,
    ) -> Result<[AnyArray; N], Error> {
        let ty: Common = common(arguments, wrong)?;
        let arrays = arguments.iter().map(|argument| self.as_array(argument, ty, wrong));
        let arrays: Vec<AnyArray> = arrays.collect::<Result<_, _>>()?;
        arrays.try_into().map_err(|_| wrong.clone().into())
    }

    /// The element of an array of one.
    fn single<T: Convert>(&mut self, array: &ResidentArray<T>) -> Result<T, Error> {
        Ok(self.to_vec(array)?.first().copied().unwrap_or(T::from_i64(0)))
    }
}

const OPERATIONS_ON_ONE: [&str; 15] = [
    "sum", "mean", "min", "max", "argmin", "argmax", "abs", "sqrt", "exp", "log", "sin", "cos", "cumsum", "sort",
    "argsort",
];
const SCALE: &str = "an array and a number";
const MATMUL: &str = "two arrays, and three sizes: rows, inner, columns";
const TRANSPOSE: &str = "an array, rows, columns";

/// What an operation with other arguments takes.
fn wanted(name: &str) -> &'static str {
    match name {
        "var" => "an array, and `ddof` or nothing",
        "scale" => SCALE,
        "axpy" => "a number and two arrays",
        "clip" => "an array and two numbers",
        "where" => "an array of truth values, and two arrays or numbers",
        "linspace" => "two numbers, a count, and 0 or 1 or nothing",
        "histogram" => "an array, the number of bins, and two numbers or nothing",
        "matmul" => MATMUL,
        _ => TRANSPOSE,
    }
}

fn unknown(name: &str) -> OperationError {
    OperationError::Unknown { name: name.to_owned() }
}

fn takes(name: &str, wanted: &'static str) -> OperationError {
    OperationError::Arguments { operation: name.to_owned(), wanted }
}

fn size(name: &str, argument: OperationArgument<'_>) -> Result<usize, Error> {
    match argument {
        OperationArgument::Int(value) => usize::try_from(value).map_err(|_| takes(name, wanted(name)).into()),
        _ => Err(takes(name, wanted(name)).into()),
    }
}

#[allow(clippy::cast_precision_loss, reason = "rounded")]
fn float(name: &str, argument: OperationArgument<'_>) -> Result<f64, Error> {
    match argument {
        OperationArgument::Int(value) => Ok(value as f64),
        OperationArgument::Float(value) => Ok(value),
        _ => Err(takes(name, wanted(name)).into()),
    }
}
