/// An enum whose variants have fixed words: in files, in the ledger, as codes of the catalogue.
macro_rules! fixed_words {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$inner])* $variant,)* }

        impl $name {
            /// All of them, in the order in which they are tried and listed.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The fixed word in files and ledger.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// The meaning of a fixed word.
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($text => Some($name::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

pub(crate) use fixed_words;
