use super::{Beneficiary, Month, Text, fixed_words};

/// A programme, as its position in the pack's order; the order in which reports list programmes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Programme(pub u16);

/// The unit of decision and of the ledger. Its order is the order of every written file:
/// programme (pack order), beneficiary, benefit month, case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// Whose rule.
    pub programme: Programme,
    /// Whom it is for.
    pub beneficiary: Beneficiary,
    /// The month it is for.
    pub month: Month,
    /// Empty except for programmes paid once per case.
    pub case_no: Text,
}

fixed_words! {
    /// What a posting does (DESIGN §10). The sign of the amount follows from the kind.
    PostingKind {
        /// + entitled before the cut-over.
        OpeningEntitled = "opening-entitled",
        /// − paid before the cut-over.
        OpeningPaid = "opening-paid",
        /// + the entitlement of the cycle month rose.
        Current = "current",
        /// + the entitlement of a later month rose.
        Advance = "advance",
        /// + the entitlement of a past month rose.
        Arrears = "arrears",
        /// − an entitlement already posted fell.
        Recovery = "recovery",
        /// − a line with a write-off rose above 0.
        WriteOffReversed = "write-off-reversed",
        /// −/+ a pair from a line with money due to a line that is owed.
        Offset = "offset",
        /// −/+ a pair across programmes, by hand.
        Transfer = "transfer",
        /// − put into a released bank file.
        Payment = "payment",
        /// + the bank did not pay it, or the file was recalled.
        Return = "return",
        /// − a payment posted back by `return` was paid after all.
        PaidAfterAll = "paid-after-all",
        /// ± the bank moved another amount than ours; by decision.
        BankDifference = "bank-difference",
        /// + money that came back, by hand.
        Repayment = "repayment",
        /// + given up, by hand.
        WriteOff = "write-off",
    }
}

impl PostingKind {
    /// Whether it counts into *entitlement posted*, which look-back compares with and nothing else.
    pub fn is_entitlement(self) -> bool {
        use PostingKind::{Advance, Arrears, Current, OpeningEntitled, Recovery};
        matches!(self, OpeningEntitled | Current | Advance | Arrears | Recovery)
    }
}

fixed_words! {
    /// Why an entitlement differs from what was posted: the first of these that differs (DESIGN §10).
    Cause {
        /// The roster's facts.
        Row = "row",
        /// A register.
        Register = "register",
        /// A link between two keys.
        Link = "link",
        /// The pack's values or rules.
        Policy = "policy",
        /// What another programme decided.
        Stacking = "stacking",
        /// None of these: this program computes otherwise than it did.
        Engine = "engine",
    }
}

fixed_words! {
    /// Why money that is owed is not payable now; of several the first (DESIGN §10).
    Hold {
        /// Bank or account number missing or unusable.
        NoAccount = "no-account",
        /// The account is in another name than the payee's.
        AccountNameDiffers = "account-name-differs",
        /// Two current rows name different accounts.
        AccountDiffers = "account-differs",
        /// The latest payment to this account failed.
        AccountFailed = "account-failed",
        /// More beneficiaries than allowed are paid to one account.
        AccountShared = "account-shared",
        /// The payee died before the cycle month.
        PayeeDead = "payee-dead",
        /// A guardian, institution or provider is needed and not named.
        NoPayee = "no-payee",
        /// The programme asks for a life verification that is too old.
        VerificationOverdue = "verification-overdue",
        /// The bank file's encoding lacks a character of the name.
        Unencodable = "unencodable",
        /// The same person owes money for the same month in a joined programme.
        Mirrored = "mirrored",
        /// A person holds it.
        ByHand = "by-hand",
    }
}
