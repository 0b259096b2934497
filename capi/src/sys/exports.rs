//! Symbols of the library.

/// Makes the exported functions: `symbol => function(parameters) -> result;`. The symbols are the only place where a name can
/// clash with another library's, which is what makes them `unsafe`; so all of them stand in one table, and all begin with
/// `pyrun_`.
macro_rules! exports {
    ($($symbol:ident => $function:path, ($($parameter:ident: $ty:ty),* $(,)?) $(-> $result:ty)?;)*) => {$(
        // SAFETY: the name begins with this library's own prefix, and the compiler refuses it twice.
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        extern "C" fn $symbol($($parameter: $ty),*) $(-> $result)? {
            $function($($parameter),*)
        }
    )*};
}
pub(crate) use exports;
