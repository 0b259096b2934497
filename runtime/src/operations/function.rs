//! The functions of the module, by name.

macro_rules! functions {
    ($($name:ident => $text:literal,)*) => {
        /// A function of the module, for any element type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Function { $($name,)* }

        impl Function {
            const NAMES: &[&str] = &[$($text,)*];

            /// NumPy's name of it.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}
functions! {
    Sum => "sum",
    Mean => "mean",
    Var => "var",
    Min => "min",
    Max => "max",
    Argmin => "argmin",
    Argmax => "argmax",
    Dot => "dot",
    Add => "add",
    Sub => "sub",
    Mul => "mul",
    Div => "div",
    FloorDivide => "floor_divide",
    Remainder => "remainder",
    Equal => "equal",
    NotEqual => "not_equal",
    Less => "less",
    LessEqual => "less_equal",
    Greater => "greater",
    GreaterEqual => "greater_equal",
    Scale => "scale",
    Axpy => "axpy",
    Clip => "clip",
    Where => "where",
    Abs => "abs",
    Sqrt => "sqrt",
    Exp => "exp",
    Log => "log",
    Sin => "sin",
    Cos => "cos",
    Cumsum => "cumsum",
    Sort => "sort",
    Argsort => "argsort",
    Linspace => "linspace",
    Histogram => "histogram",
    Matmul => "matmul",
    Transpose => "transpose",
}

/// The number of element types.
const TYPES: usize = 4;

impl Function {
    /// How many functions there are.
    pub(super) const PLACES: usize = Self::NAMES.len() * TYPES;

    /// The place of the function for one element type.
    pub(super) const fn place(self, element: usize) -> usize {
        self as usize * TYPES + element
    }
}
