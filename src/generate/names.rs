//! Names of synthetic people, places and organisations.

use super::random::Random;
use crate::domain::Text;

/// The thirteen townships and street offices of Xincheng (150102) with their division codes, as the
/// National Bureau of Statistics lists them (2023).
pub const TOWNSHIPS: [(&str, &str); 13] = [
    ("150102001", "海拉尔东路街道"),
    ("150102002", "锡林北路街道"),
    ("150102003", "中山东路街道"),
    ("150102004", "东街街道"),
    ("150102005", "西街街道"),
    ("150102006", "东风路街道"),
    ("150102007", "迎新路街道"),
    ("150102008", "成吉思汗大街街道"),
    ("150102101", "保合少镇"),
    ("150102400", "新城区鸿盛高科技园区"),
    ("150102401", "呼伦路街道"),
    ("150102402", "丁香路街道"),
    ("150102403", "东河街道"),
];

/// The one rural township.
pub const RURAL: u8 = 8;

/// How many of a thousand people live in each.
pub const TOWNSHIP_WEIGHTS: [u32; 13] = [110, 95, 90, 70, 75, 85, 100, 90, 60, 25, 80, 60, 60];

/// The banks, as rosters write them, and how many of a hundred have their account there.
pub const BANKS: [&str; 6] =
    ["内蒙古农村信用社", "内蒙古银行", "中国邮政储蓄银行", "中国农业银行", "中国工商银行", "中国建设银行"];
/// Weights of [`BANKS`].
pub const BANK_WEIGHTS: [u32; 6] = [46, 20, 14, 10, 6, 4];

/// Providers of home care.
pub const PROVIDERS: [&str; 3] = ["样例居家养老服务一部", "样例居家养老服务二部", "样例社区养老服务中心"];
/// Support institutions for people on tekun.
pub const INSTITUTIONS: [&str; 3] = ["样例社会福利院", "样例托养中心", "样例第二供养中心"];
/// The home of children placed together.
pub const CHILDRENS_HOME: &str = "样例儿童之家";

const SURNAMES: [&str; 48] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
    "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓",
    "许", "傅", "沈", "曾", "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛",
];

const GIVEN: [&str; 60] = [
    "伟", "芳", "娜", "秀", "英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛",
    "明", "超", "兰", "霞", "平", "刚", "桂", "香", "月", "玉", "梅", "莲", "珍", "凤", "华", "文", "辉",
    "力", "永", "健", "世", "广", "志", "义", "兴", "良", "海", "山", "仁", "波", "宁", "贵", "福", "生",
    "龙", "元", "全", "国", "胜", "学", "祥", "才", "发",
];

const MONGOLIAN: [&str; 36] = [
    "其其格",
    "图雅",
    "乌兰",
    "萨仁",
    "娜仁",
    "高娃",
    "阿拉坦",
    "那顺",
    "巴图",
    "格日勒",
    "呼和",
    "苏日娜",
    "斯琴",
    "敖登",
    "宝音",
    "朝鲁",
    "额尔敦",
    "哈斯",
    "牧仁",
    "乌日娜",
    "特木尔",
    "布仁",
    "孟克",
    "青格乐",
    "达来",
    "海日罕",
    "吉日嘎拉",
    "赛罕",
    "通拉嘎",
    "乌力吉",
    "必力格",
    "恩和",
    "索布德",
    "阿茹娜",
    "道日那",
    "伊拉勒特",
];

/// A person's name: one in six Mongolian, in one or two parts joined by · (U+00B7).
pub fn person(random: &mut Random) -> Text {
    let mut name = Text::default();
    if random.below(6) == 0 {
        let first = *random.pick(&MONGOLIAN);
        name.push_str(first);
        if random.percent(70) {
            let second = *random.pick(&MONGOLIAN);
            if second != first {
                name.push('·');
                name.push_str(second);
            }
        }
        return name;
    }
    name.push_str(random.pick::<&str>(&SURNAMES));
    name.push_str(random.pick::<&str>(&GIVEN));
    if random.percent(75) {
        name.push_str(random.pick::<&str>(&GIVEN));
    }
    name
}

const SURNAMES_PLANTED: [&str; 12] =
    ["欧阳", "上官", "司徒", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "宇文", "长孙", "令狐", "端木"];
const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
const BRANCHES: [&str; 12] = ["子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥"];

/// A name for a planted person: a double surname and a stem and branch, so that such people are
/// seen at once among the others, and no two share a name.
pub fn planted(number: usize) -> Text {
    let surname = SURNAMES_PLANTED[number / 60 % SURNAMES_PLANTED.len()];
    Text::from(format!("{surname}{}{}", STEMS[number % 10], BRANCHES[number % 12]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_names_are_distinct_and_never_drawn_for_others() {
        let planted: std::collections::BTreeSet<Text> = (0..720).map(super::planted).collect();
        assert_eq!(planted.len(), 720);
        let mut random = Random::keyed(1, &[]);
        assert!((0..5000).all(|_| !planted.contains(&person(&mut random))));
    }

    #[test]
    fn mongolian_names_are_joined_by_the_official_dot() {
        let mut random = Random::keyed(2, &[]);
        let names: Vec<Text> = (0..200).map(|_| person(&mut random)).collect();
        assert!(names.iter().any(|name| name.contains('\u{00B7}')));
        assert!(names.iter().all(|name| (2..=12).contains(&name.chars().count())));
    }
}
