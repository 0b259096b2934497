//! `#[derive(FromPython, IntoPython)]`.

use pyrun::{Error, FromPython, Interpreter, IntoPython};

use super::interpreter;

#[derive(Clone, Debug, PartialEq, FromPython, IntoPython)]
struct Point {
    x: i64,
    y: f64,
}

#[derive(Clone, Debug, PartialEq, FromPython, IntoPython)]
struct Options {
    #[pyrun(rename = "class")]
    kind: String,
    r#type: Option<u8>,
    #[pyrun(default)]
    tags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, FromPython, IntoPython)]
struct Meters(f64);

#[derive(Clone, Debug, PartialEq, FromPython, IntoPython)]
struct Range(u8, u8);

#[derive(Clone, Debug, PartialEq, FromPython, IntoPython)]
struct Unit;

#[derive(Clone, Debug, PartialEq, FromPython, IntoPython)]
struct Pair<A, B = A>
where
    A: Clone,
{
    first: A,
    rest: Vec<B>,
}

#[derive(Clone, Debug, PartialEq, FromPython, IntoPython)]
enum Shape {
    Empty,
    Circle(f64),
    Line(Point, Point),
    #[pyrun(rename = "rect")]
    Rectangle {
        corner: Point,
        #[pyrun(default)]
        filled: bool,
    },
}

#[derive(Clone, Debug, PartialEq, FromPython, IntoPython)]
#[pyrun(untagged)]
enum Id {
    Number(u32),
    Name(String),
    Full { realm: String, number: u32 },
}

#[derive(Clone, Debug, PartialEq, FromPython, IntoPython)]
enum Tree<T> {
    Leaf(T),
    Node(Vec<Tree<T>>),
}

#[track_caller]
fn both_ways<T: IntoPython + FromPython + Clone + PartialEq + std::fmt::Debug>(py: &Interpreter, value: T, repr: &str) {
    let object = py.object(value.clone()).unwrap();
    assert_eq!(object.repr().unwrap(), repr);
    assert_eq!(object.extract::<T>().unwrap(), value);
}

#[test]
fn each_form_there_and_back() {
    let py = interpreter();
    let point = |x, y| Point { x, y };
    both_ways(&py, point(1, 2.5), "{'x': 1, 'y': 2.5}");
    let options = Options { kind: "a".to_owned(), r#type: None, tags: vec!["t".to_owned()] };
    both_ways(&py, options, "{'class': 'a', 'type': None, 'tags': ['t']}");
    both_ways(&py, Meters(1.5), "1.5");
    both_ways(&py, Range(1, 2), "(1, 2)");
    both_ways(&py, Unit, "None");
    both_ways(&py, Pair { first: "a".to_owned(), rest: vec![1_u8] }, "{'first': 'a', 'rest': [1]}");
    both_ways(&py, Shape::Empty, "'Empty'");
    both_ways(&py, Shape::Circle(2.0), "{'Circle': 2.0}");
    both_ways(&py, Shape::Line(point(0, 0.0), point(1, 1.0)), "{'Line': ({'x': 0, 'y': 0.0}, {'x': 1, 'y': 1.0})}");
    let filled = Shape::Rectangle { corner: point(1, 2.0), filled: true };
    both_ways(&py, filled, "{'rect': {'corner': {'x': 1, 'y': 2.0}, 'filled': True}}");
    both_ways(&py, Id::Number(5), "5");
    both_ways(&py, Id::Name("n".to_owned()), "'n'");
    both_ways(&py, Id::Full { realm: "r".to_owned(), number: 1 }, "{'realm': 'r', 'number': 1}");
    both_ways(
        &py,
        Tree::Node(vec![Tree::Leaf(1_i64), Tree::Node(Vec::new())]),
        "{'Node': [{'Leaf': 1}, {'Node': []}]}",
    );
}

#[test]
fn objects_with_attributes_do_as_well() {
    let py = interpreter();
    let source = "import dataclasses, enum, collections, types\n\
                  @dataclasses.dataclass\nclass P:\n    x: int\n    y: float\n\
                  N = collections.namedtuple('N', 'x y')\n\
                  class Kind(enum.Enum):\n    Empty = 7";
    py.run_python(source).unwrap();
    for source in ["P(1, 2)", "N(1, 2)", "types.SimpleNamespace(x=1, y=2, z=3)", "{'x': 1, 'y': 2, 'z': 3}"] {
        assert_eq!(py.eval::<Point>(source).unwrap(), Point { x: 1, y: 2.0 }, "{source}");
    }
    assert_eq!(py.eval::<Shape>("Kind.Empty").unwrap(), Shape::Empty);
    assert_eq!(py.eval::<Range>("range(2)").unwrap(), Range(0, 1));
    let missing = Options { kind: "k".to_owned(), r#type: None, tags: Vec::new() };
    assert_eq!(py.eval::<Options>("{'class': 'k', 'type': None}").unwrap(), missing);
    let points: Vec<Option<Point>> = py.eval("[None, P(3, 4)]").unwrap();
    assert_eq!(points, [None, Some(Point { x: 3, y: 4.0 })]);
    // A host function takes and gives them.
    py.register_module("host", |m| m.function("swap(p, by)", |p: Point, by: Meters| Point { x: p.x * 2, y: by.0 }))
        .unwrap();
    assert_eq!(py.eval::<Point>("import host; host.swap(P(1, 2), by=4)").unwrap(), Point { x: 2, y: 4.0 });
    let error = super::raised(py.run_python("host.swap({'x': 'no', 'y': 1}, 2)"));
    assert_eq!(error.to_string(), "TypeError: argument 1, at [\"x\"]: expected int, found str");
}

#[track_caller]
fn refuses<T: FromPython + std::fmt::Debug>(py: &Interpreter, source: &str, words: &str) {
    let error = py.eval::<T>(source).unwrap_err();
    assert!(matches!(error, Error::Convert(_)), "{source}: {error:?}");
    assert_eq!(error.to_string(), words, "{source}");
}

#[test]
fn what_does_not_fit_says_where_and_what() {
    let py = interpreter();
    py.run_python("class C: pass\nc = C(); c.x = 'no'; c.y = 1").unwrap();
    refuses::<Point>(&py, "{'x': 1}", "expected Point, found a dict without \"y\"");
    refuses::<Point>(&py, "C()", "expected Point, found C, which has no attribute \"x\"");
    refuses::<Point>(&py, "5", "expected Point, found int, which has no attribute \"x\"");
    refuses::<Point>(&py, "{'x': 1, 'y': 'z'}", "at [\"y\"]: expected float, found str");
    refuses::<Point>(&py, "c", "at .x: expected int, found str");
    refuses::<Vec<Point>>(&py, "[{'x': 1, 'y': 2}, {'x': 1, 'y': ()}]", "at [1][\"y\"]: expected float, found tuple");
    refuses::<Options>(&py, "{'class': 'k'}", "expected Options, found a dict without \"type\"");
    refuses::<Range>(&py, "(1, 2, 3)", "expected 2 items, found 3");
    refuses::<Range>(&py, "(1, 'x')", "at [1]: expected int, found str");
    refuses::<Unit>(&py, "1", "expected None, found int");
    refuses::<Shape>(&py, "'Square'", "Shape has no variant \"Square\"; it has Empty, Circle, Line, rect");
    refuses::<Shape>(&py, "{'Empty': 1}", "Shape::Empty is a variant without fields, not a dict of it");
    refuses::<Shape>(&py, "'rect'", "Shape::rect is a variant with fields: a dict of its name and them");
    refuses::<Shape>(&py, "{'Circle': 'x'}", "at [\"Circle\"]: expected float, found str");
    refuses::<Shape>(&py, "{}", "expected Shape, found a dict of 0 entries");
    refuses::<Shape>(&py, "5", "expected Shape, found int");
    let deep = "{'rect': {'corner': {'x': 1.5, 'y': 0}}}";
    refuses::<Shape>(&py, deep, "at [\"rect\"][\"corner\"][\"x\"]: expected int, found float");
    refuses::<Tree<u8>>(
        &py,
        "{'Node': [{'Leaf': 1}, {'Leaf': 300}]}",
        "at [\"Node\"][1][\"Leaf\"]: 300 does not fit into u8",
    );
    let none = "no variant of Id takes it (Number: expected int, found float; Name: expected str, found float; \
                Full: expected Id::Full, found float, which has no attribute \"realm\")";
    refuses::<Id>(&py, "1.5", none);
    // What a property raises is not hidden behind a missing field.
    py.run_python("class Bad:\n    y = 1\n    @property\n    def x(self): raise LookupError('inner')").unwrap();
    let error = py.eval::<Point>("Bad()").unwrap_err();
    assert_eq!(error.to_string(), "LookupError: inner");
}
