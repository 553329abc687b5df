//! Rosters and registers as they are written: their files, headers and rows.

use crate::domain::Text;

/// The first eleven columns of every roster, in this order.
const COMMON: [&str; 11] = [
    "身份证号",
    "姓名",
    "乡镇街道",
    "社区村",
    "最初享受月份",
    "停发月份",
    "状态",
    "核定金额",
    "开户银行",
    "银行账号",
    "账户名称",
];

/// Columns by position; the first of a roster's own columns stands after the canonical ones.
pub mod column {
    /// 身份证号
    pub const ID: usize = 0;
    /// 姓名
    pub const NAME: usize = 1;
    /// 乡镇街道
    pub const TOWNSHIP: usize = 2;
    /// 社区村
    pub const COMMUNITY: usize = 3;
    /// 最初享受月份
    pub const FIRST: usize = 4;
    /// 状态
    pub const STATUS: usize = 6;
    /// 核定金额
    pub const DECLARED: usize = 7;
    /// 开户银行
    pub const BANK: usize = 8;
    /// 银行账号
    pub const ACCOUNT: usize = 9;
    /// 账户名称
    pub const HOLDER: usize = 10;
}

macro_rules! rosters {
    ($($(#[$doc:meta])* $variant:ident $code:literal $title:literal [$($header:literal),*],)*) => {
        /// The rosters of DESIGN §7.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Roster { $($(#[$doc])* $variant,)* }

        impl Roster {
            /// All of them, in the order in which a month is written.
            pub const ALL: [Roster; 11] = [$(Roster::$variant,)*];

            /// The code with which the file's name begins.
            pub fn code(self) -> &'static str {
                match self { $(Roster::$variant => $code,)* }
            }

            /// What the title row of a workbook calls it.
            pub fn title(self) -> &'static str {
                match self { $(Roster::$variant => $title,)* }
            }

            /// The headers after the eleven common ones.
            pub fn own_headers(self) -> &'static [&'static str] {
                match self { $(Roster::$variant => &[$($header),*],)* }
            }
        }
    };
}

rosters! {
    /// Minimum living households.
    Dibao "dibao" "城乡最低生活保障花名册" [
        "家庭编号", "与户主关系", "户口性质", "月收入", "重病", "在校", "残疾类别", "残疾等级",
        "领款人身份证号", "领款人姓名"],
    /// People supported in extreme hardship.
    Tekun "tekun" "特困人员供养花名册" ["户口性质", "供养方式", "自理能力", "供养机构"],
    /// Orphans and children without carers.
    Children "children" "孤儿及事实无人抚养儿童花名册" [
        "儿童类别", "安置方式", "在校至", "领款人身份证号", "领款人姓名"],
    /// Both subsidies of disabled people.
    Disability "disability" "残疾人两项补贴花名册" ["残疾类别", "残疾等级", "残疾证号", "证件有效期至"],
    /// People of 80 and more.
    OldAge "old-age" "高龄津贴花名册" ["生存认证日期"],
    /// Old people of 70 to 79 in hardship.
    Aged "aged-70-79" "70-79周岁经济困难老年人养老补贴花名册" [],
    /// A closed group with a living allowance.
    Sanmin "sanmin" "“三民”人员生活补贴花名册" [],
    /// One-off help.
    TemporaryAid "temporary-aid" "临时救助花名册" ["审批编号", "批准金额", "批准日期", "救助人数", "一事一议"],
    /// Care at home, paid to the provider.
    HomeCare "home-care" "政府购买居家养老服务花名册" ["服务对象类别", "服务机构", "选择享受"],
    /// Meals in canteens.
    Meals "meals" "助餐补贴花名册" ["助餐次数"],
    /// What the pilot of 2022 left to pay.
    Pilot "pilot-home-care-2022" "2022年度试点居家养老服务补贴遗留花名册" ["审批编号", "批准金额"],
}

impl Roster {
    /// The roster of a code.
    pub fn from_code(code: &str) -> Option<Roster> {
        Roster::ALL.into_iter().find(|roster| roster.code() == code)
    }

    /// All headers, in order.
    pub fn headers(self) -> impl Iterator<Item = &'static str> {
        COMMON.into_iter().chain(self.own_headers().iter().copied())
    }

    /// Position of a header, for code that names columns rather than counts them.
    pub fn position(self, header: &str) -> Option<usize> {
        self.headers().position(|candidate| candidate == header)
    }

    /// Number of columns.
    pub fn width(self) -> usize {
        COMMON.len() + self.own_headers().len()
    }
}

/// The registers written beside the rosters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Register {
    /// Dates of death.
    Deaths,
    /// People who draw a nursing fee from work injury insurance.
    WorkInjuryNursing,
    /// Accounts that replace the roster's.
    Accounts,
}

impl Register {
    /// All of them.
    pub const ALL: [Register; 3] = [Register::Deaths, Register::WorkInjuryNursing, Register::Accounts];

    /// The file's stem.
    pub fn code(self) -> &'static str {
        match self {
            Register::Deaths => "deaths",
            Register::WorkInjuryNursing => "work-injury-nursing",
            Register::Accounts => "accounts",
        }
    }

    /// Its headers.
    pub fn headers(self) -> &'static [&'static str] {
        match self {
            Register::Deaths => &["身份证号", "死亡日期"],
            Register::WorkInjuryNursing => &["身份证号", "起始月份"],
            Register::Accounts => &["身份证号", "开户银行", "银行账号", "账户名称", "生效月份"],
        }
    }
}

/// One row of a roster: a cell for each header, and the township whose file it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which roster.
    pub roster: Roster,
    /// Position in [`super::names::TOWNSHIPS`] of the office that sends it.
    pub township: u8,
    /// The cells, by position of their header.
    pub cells: Vec<Text>,
}

impl Row {
    /// The value under a header; empty where the roster has no such header.
    pub fn get(&self, header: &str) -> &str {
        self.roster.position(header).and_then(|at| self.cells.get(at)).map_or("", Text::as_str)
    }
}
