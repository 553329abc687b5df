"""What both peers need to know of a workspace before they start: files, columns, names."""

import tomllib
from pathlib import Path

# Headers of the rosters and registers, and the short names the scripts use.
FIELDS = {
    "身份证号": "id", "姓名": "name", "乡镇街道": "township", "社区村": "community",
    "最初享受月份": "first_month", "停发月份": "last_month", "状态": "status", "核定金额": "declared",
    "开户银行": "bank", "银行账号": "account_no", "账户名称": "account_name",
    "家庭编号": "household_id", "与户主关系": "relation", "户口性质": "hukou", "月收入": "monthly_income",
    "重病": "serious_illness", "在校": "student", "残疾类别": "disability_kind", "残疾等级": "disability_grade",
    "残疾证号": "certificate_no", "证件有效期至": "certificate_until", "领款人身份证号": "payee_id",
    "领款人姓名": "payee_name", "儿童类别": "child_kind", "安置方式": "placement", "在校至": "in_school_until",
    "供养方式": "support", "自理能力": "self_care", "供养机构": "institution", "生存认证日期": "verified_on",
    "审批编号": "case_no", "批准金额": "approved_amount", "批准日期": "approved_on", "救助人数": "persons",
    "一事一议": "special_approval", "服务对象类别": "care_group", "服务机构": "provider", "选择享受": "choice",
    "助餐次数": "meals", "死亡日期": "died", "起始月份": "from_month", "生效月份": "from_month",
}

# The scripts' name of each roster or register, and the file's.
ROSTERS = {
    "children": "children", "tekun": "tekun", "dibao": "dibao", "disability": "disability",
    "old_age": "old-age", "aged": "aged-70-79", "sanmin": "sanmin", "aid": "temporary-aid",
    "care": "home-care", "meals": "meals", "pilot": "pilot-home-care-2022",
}
REGISTERS = {"deaths": "deaths", "work_injury": "work-injury-nursing", "accounts": "accounts"}


class Workspace:
    """Where one month's files lie and what their columns are called."""

    def __init__(self, folder, month, out):
        self.folder, self.month = Path(folder), month
        # A small month has no one-off cases, and then no file of them.
        columns = [field for field in FIELDS.values() if field not in ("died", "from_month")]
        nothing = Path(out) / "nothing.csv"
        nothing.write_text(",".join(columns) + "\n", "utf-8")
        # name → (file, [short column names in the file's order])
        self.files = {}
        for names, lies_in in ((ROSTERS, f"rosters/{month}"), (REGISTERS, "registers")):
            for name, stem in names.items():
                path = self.folder / lies_in / f"{stem}.csv"
                self.files[name] = (str(path), self._columns(path)) if path.exists() else (str(nothing), columns)
        pack = tomllib.loads((self.folder / "policy/pack.toml").read_text("utf-8"))["pack"]
        self.district = pack["district"]
        self.townships = {}
        for division in tomllib.loads((self.folder / "policy/divisions.toml").read_text("utf-8"))["division"]:
            for name in [division["name"], *division.get("aliases", [])]:
                for before in ("", *pack.get("district_names", [])):
                    self.townships[before + name] = division["code"]
        self.banks = {}
        for bank, about in tomllib.loads((self.folder / "disburse.toml").read_text("utf-8"))["banks"].items():
            for name in [bank, *about.get("aliases", [])]:
                self.banks[name] = bank

    @staticmethod
    def _columns(path):
        with open(path, encoding="utf-8-sig") as file:
            headers = file.readline().strip().split(",")
        unknown = [header for header in headers if header not in FIELDS]
        if unknown:
            raise SystemExit(f"{path}: columns the scripts do not know: {unknown}")
        return [FIELDS[header] for header in headers]
