//! The fields of the domain: the join between a file layout and a Care-wing payload.
//!
//! A table says *where* a field stands (a column, a JSON pointer); here is *what* it is:
//! its kind, how long it may be, and which records must have it.

/// Defines the fields once, so that the list, the names and the labels cannot drift apart.
macro_rules! fields {
    ($($variant:ident $name:literal $label:literal $kind:expr;)*) => {
        /// One field of a record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each variant is documented by its Japanese label")]
        pub enum Field { $($variant,)* }

        impl Field {
            /// Every field, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// How many fields there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The name that tables use.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The Japanese word that a clerk sees.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// What the field holds.
            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => $kind,)* }
            }
        }
    };
}

fields! {
    Office "office" "事業所番号" Kind::OfficeNumber;
    Name "name" "名称・氏名" Kind::Text { longest: 40 };
    Kana "kana" "フリガナ" Kind::Text { longest: 60 };
    ServiceType "service_type" "サービス種類" Kind::ServiceType;
    PostalCode "postal_code" "郵便番号" Kind::Text { longest: 8 };
    Address "address" "住所" Kind::Text { longest: 120 };
    Phone "phone" "電話番号" Kind::Text { longest: 20 };
    Fax "fax" "FAX番号" Kind::Text { longest: 20 };
    Hidden "hidden" "非表示" Kind::Flag;
    Insurer "insurer" "保険者番号" Kind::InsurerNumber;
    Insured "insured" "被保険者番号" Kind::InsuredNumber;
    Sex "sex" "性別" Kind::Sex;
    BirthDate "birth_date" "生年月日" Kind::Date;
    CareLevel "care_level" "要介護度" Kind::CareLevel;
    CertifiedFrom "certified_from" "認定有効期間開始日" Kind::Date;
    CertifiedTo "certified_to" "認定有効期間終了日" Kind::Date;
    LimitUnits "limit_units" "区分支給限度基準額" Kind::Number { highest: 9_999_999 };
    Copay "copay" "負担割合" Kind::Copay;
    CareOffice "care_office" "居宅支援事業所番号" Kind::OfficeNumber;
    CareManager "care_manager" "担当ケアマネジャー" Kind::Text { longest: 40 };
    PublicPayer "public_payer" "公費負担者番号" Kind::Digits { width: 8, zeroes: 0 };
    PublicRecipient "public_recipient" "公費受給者番号" Kind::Digits { width: 7, zeroes: 6 };
    Month "month" "対象年月" Kind::Month;
    ServiceCode "service_code" "サービスコード" Kind::ServiceCode;
    ServiceName "service_name" "サービス名称" Kind::Text { longest: 60 };
    Start "start" "開始時刻" Kind::Time;
    End "end" "終了時刻" Kind::Time;
    Planned "planned" "予定" Kind::DayCounts;
    PlannedTotal "planned_total" "予定合計" Kind::Number { highest: 9_999 };
    Actual "actual" "実績" Kind::DayCounts;
    ActualTotal "actual_total" "実績合計" Kind::Number { highest: 9_999 };
    Date "date" "サービス利用日" Kind::Date;
    PlannedStart "planned_start" "予定開始時刻" Kind::Time;
    PlannedEnd "planned_end" "予定終了時刻" Kind::Time;
    RecordId "record_id" "記録番号" Kind::Text { longest: 64 };
    ApprovedAt "approved_at" "承認日時" Kind::Text { longest: 40 };
    VisitCount "visit_count" "件数" Kind::Number { highest: 99_999 };
    Version "version" "CSVバージョン" Kind::Digits { width: 6, zeroes: 0 };
    Count "count" "サービス回数" Kind::Number { highest: 99 };
    AddressMore "address_more" "住所の続き" Kind::Text { longest: 120 };
    CreatedOn "created_on" "作成年月日" Kind::Date;
    Units "units" "単位数" Kind::Number { highest: 999_999 };
    OfficeName "office_name" "サービス事業所名" Kind::Text { longest: 40 };
    UpdatedBy "updated_by" "更新業者コード" Kind::OfficeNumber;
    ProRatedOn "pro_rated_on" "日割対象日" Kind::Text { longest: 31 };
}

/// What kind of thing a field holds; rules of the kind apply wherever the field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 事業所番号, 10 characters.
    OfficeNumber,
    /// 保険者番号, 6 digits.
    InsurerNumber,
    /// 被保険者番号, 10 characters.
    InsuredNumber,
    /// Digits of a fixed width.
    Digits {
        /// How many digits.
        width: usize,
        /// With how many zeroes such a number can begin: as many can be put back where a
        /// spreadsheet has cut them off. A 公費負担者番号 begins with its 法別番号, and no
        /// law of public assistance has one below 10; a 公費受給者番号 is given out by each
        /// payer, from low numbers on.
        zeroes: usize,
    },
    /// サービスコード, 6 characters.
    ServiceCode,
    /// サービス種類, 2 characters.
    ServiceType,
    /// 要介護状態区分.
    CareLevel,
    /// 性別.
    Sex,
    /// 負担割合 in tenths: 1, 2 or 3.
    Copay,
    /// Free text.
    Text {
        /// The longest text that is accepted, in characters.
        longest: usize,
    },
    /// A whole number from 0.
    Number {
        /// The highest number that is accepted.
        highest: u32,
    },
    /// A day.
    Date,
    /// A month.
    Month,
    /// A time of day.
    Time,
    /// Yes (1) or no (empty, 0).
    Flag,
    /// One count for each day of a month.
    DayCounts,
}

impl Kind {
    /// The width that the kind fixes, in characters, where it does.
    pub fn width(self) -> Option<usize> {
        match self {
            Self::OfficeNumber | Self::InsuredNumber => Some(10),
            Self::InsurerNumber | Self::ServiceCode => Some(6),
            Self::ServiceType | Self::CareLevel => Some(2),
            Self::Digits { width, .. } => Some(width),
            Self::Sex
            | Self::Copay
            | Self::Text { .. }
            | Self::Number { .. }
            | Self::Date
            | Self::Month
            | Self::Time
            | Self::Flag
            | Self::DayCounts => None,
        }
    }
}

/// Whether a record can be without a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Without it there is no record.
    Required,
    /// A layout binds it, and a cell may be empty all the same.
    Bound,
    /// It may be empty or not be bound at all.
    Optional,
}

/// What one row of a layout, or one object of a payload, stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// 居宅支援事業所: a care-management office.
    CareOffice,
    /// 利用者 with one 被保険者証, as a row of a file.
    ClientCard,
    /// 利用者 with all the cards, as an object.
    Client,
    /// One 被保険者証 within a client.
    Card,
    /// One line of the 月間ケアプラン grid.
    PlanLine,
    /// One service of one day, as the national files write a plan.
    PlanDay,
    /// A client's whole month.
    MonthlyPlan,
    /// One planned visit.
    Visit,
    /// One planned add-on or monthly fee.
    AddOn,
    /// A page of approved actuals.
    Actuals,
    /// One approved visit.
    ActualVisit,
    /// One approved add-on.
    ActualAddOn,
    /// How many visits of a client wait for approval.
    Unapproved,
    /// One service of one day that took place, as the national files write it.
    ActualDay,
    /// A client's month of actuals that holds no more, as the national files write it.
    ActualDeletion,
}

/// A list within a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// The cards of a client.
    Cards,
    /// The visits of a month.
    Visits,
    /// The add-ons of a month.
    AddOns,
    /// The counts of visits not approved yet.
    Unapproved,
}

impl List {
    /// The name that tables use before the dot: `visits.date`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cards => "cards",
            Self::Visits => "visits",
            Self::AddOns => "add_ons",
            Self::Unapproved => "unapproved",
        }
    }
}

use Field as F;
use Need::{Bound, Optional, Required};

const CARE_OFFICE: &[(Field, Need)] = &[
    (F::Office, Required),
    (F::Name, Required),
    (F::Kana, Optional),
    (F::ServiceType, Required),
    (F::PostalCode, Optional),
    (F::Address, Optional),
    (F::Phone, Optional),
    (F::Fax, Optional),
    (F::Hidden, Optional),
];
const CLIENT: &[(Field, Need)] = &[
    (F::Insurer, Required),
    (F::Insured, Required),
    (F::Name, Required),
    (F::Kana, Optional),
    (F::Sex, Optional),
    (F::BirthDate, Required),
    (F::PostalCode, Optional),
    (F::Address, Optional),
    (F::Phone, Optional),
    (F::Hidden, Optional),
];
const CARD: &[(Field, Need)] = &[
    (F::CareLevel, Required),
    (F::CertifiedFrom, Required),
    (F::CertifiedTo, Required),
    (F::LimitUnits, Optional),
    (F::Copay, Optional),
    (F::CareOffice, Optional),
    (F::CareManager, Optional),
    (F::PublicPayer, Optional),
    (F::PublicRecipient, Optional),
];
/// What only a row of a file has: files cut an address in two, and some say their version.
const ROW_ONLY: &[(Field, Need)] = &[(F::AddressMore, Optional), (F::Version, Optional)];
/// A row of the client list: the client's fields, one card's, and those of a row.
const CLIENT_CARD: &[(Field, Need)] = &{
    let mut all = [(F::Office, Optional); CLIENT.len() + CARD.len() + ROW_ONLY.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < CLIENT.len() {
            CLIENT[at]
        } else if at < CLIENT.len() + CARD.len() {
            match CARD[at - CLIENT.len()] {
                // Of whom is certified still, they are not known yet.
                (field, Required) => (field, Bound),
                optional => optional,
            }
        } else {
            ROW_ONLY[at - CLIENT.len() - CARD.len()]
        };
        at += 1;
    }
    all
};
const PLAN_LINE: &[(Field, Need)] = &[
    (F::Month, Required),
    (F::Office, Required),
    (F::Insurer, Required),
    (F::Insured, Required),
    (F::Name, Optional),
    (F::ServiceCode, Required),
    (F::ServiceName, Optional),
    (F::Start, Optional),
    (F::End, Optional),
    (F::Planned, Required),
    (F::PlannedTotal, Optional),
    (F::Actual, Optional),
    (F::ActualTotal, Optional),
];
const PLAN_DAY: &[(Field, Need)] = &[
    (F::Version, Required),
    (F::Month, Required),
    (F::Office, Required),
    (F::Insurer, Required),
    (F::Insured, Required),
    (F::Name, Optional),
    (F::Date, Required),
    (F::Start, Optional),
    (F::End, Optional),
    (F::Count, Required),
    (F::ServiceCode, Required),
    (F::ServiceName, Optional),
];
const ACTUAL_DAY: &[(Field, Need)] = &[
    (F::Insurer, Required),
    (F::Insured, Required),
    (F::CreatedOn, Required),
    (F::Month, Required),
    (F::CareOffice, Optional),
    (F::CareManager, Optional),
    (F::Units, Optional),
    (F::Date, Required),
    (F::Start, Optional),
    (F::End, Optional),
    (F::Count, Required),
    (F::ServiceCode, Required),
    (F::Office, Required),
    (F::OfficeName, Optional),
    (F::UpdatedBy, Optional),
    (F::ProRatedOn, Optional),
];
const ACTUAL_DELETION: &[(Field, Need)] = &[
    (F::Insurer, Required),
    (F::Insured, Required),
    (F::Month, Required),
    (F::Office, Required),
    (F::ServiceType, Required),
];
const MONTHLY_PLAN: &[(Field, Need)] = &[
    (F::Office, Required),
    (F::Month, Required),
    (F::Insurer, Required),
    (F::Insured, Required),
];
const VISIT: &[(Field, Need)] = &[
    (F::Date, Required),
    (F::Start, Required),
    (F::End, Required),
    (F::ServiceCode, Required),
];
const ADD_ON: &[(Field, Need)] = &[
    (F::Date, Optional),
    (F::Start, Optional),
    (F::End, Optional),
    (F::ServiceCode, Required),
];
const ACTUAL_VISIT: &[(Field, Need)] = &[
    (F::RecordId, Required),
    (F::Office, Required),
    (F::Insurer, Required),
    (F::Insured, Required),
    (F::Date, Required),
    (F::PlannedStart, Optional),
    (F::PlannedEnd, Optional),
    (F::Start, Required),
    (F::End, Required),
    (F::ServiceCode, Required),
    (F::ApprovedAt, Required),
];
const ACTUAL_ADD_ON: &[(Field, Need)] = &[
    (F::RecordId, Required),
    (F::Office, Required),
    (F::Insurer, Required),
    (F::Insured, Required),
    (F::Date, Optional),
    (F::Start, Optional),
    (F::End, Optional),
    (F::ServiceCode, Required),
    (F::ApprovedAt, Required),
];
const UNAPPROVED: &[(Field, Need)] = &[
    (F::Insurer, Required),
    (F::Insured, Required),
    (F::VisitCount, Required),
];

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::CareOffice,
        Self::ClientCard,
        Self::Client,
        Self::Card,
        Self::PlanLine,
        Self::PlanDay,
        Self::MonthlyPlan,
        Self::Visit,
        Self::AddOn,
        Self::Actuals,
        Self::ActualVisit,
        Self::ActualAddOn,
        Self::Unapproved,
        Self::ActualDay,
        Self::ActualDeletion,
    ];

    /// The name that tables use.
    pub fn name(self) -> &'static str {
        match self {
            Self::CareOffice => "care_office",
            Self::ClientCard => "client_card",
            Self::Client => "client",
            Self::Card => "card",
            Self::PlanLine => "plan_line",
            Self::PlanDay => "plan_day",
            Self::MonthlyPlan => "monthly_plan",
            Self::Visit => "visit",
            Self::AddOn => "add_on",
            Self::Actuals => "actuals",
            Self::ActualVisit => "actual_visit",
            Self::ActualAddOn => "actual_add_on",
            Self::Unapproved => "unapproved",
            Self::ActualDay => "actual_day",
            Self::ActualDeletion => "actual_deletion",
        }
    }

    /// The fields that a record of this kind has, lists aside.
    pub fn fields(self) -> &'static [(Field, Need)] {
        match self {
            Self::CareOffice => CARE_OFFICE,
            Self::ClientCard => CLIENT_CARD,
            Self::Client => CLIENT,
            Self::Card => CARD,
            Self::PlanLine => PLAN_LINE,
            Self::PlanDay => PLAN_DAY,
            Self::MonthlyPlan => MONTHLY_PLAN,
            Self::Visit => VISIT,
            Self::AddOn => ADD_ON,
            Self::Actuals => &[],
            Self::ActualVisit => ACTUAL_VISIT,
            Self::ActualAddOn => ACTUAL_ADD_ON,
            Self::Unapproved => UNAPPROVED,
            Self::ActualDay => ACTUAL_DAY,
            Self::ActualDeletion => ACTUAL_DELETION,
        }
    }

    /// The lists that a record of this kind has, with what stands in them.
    pub fn lists(self) -> &'static [(List, RecordKind)] {
        match self {
            Self::Client => &[(List::Cards, Self::Card)],
            Self::MonthlyPlan => &[(List::Visits, Self::Visit), (List::AddOns, Self::AddOn)],
            Self::Actuals => &[
                (List::Visits, Self::ActualVisit),
                (List::AddOns, Self::ActualAddOn),
                (List::Unapproved, Self::Unapproved),
            ],
            Self::CareOffice
            | Self::ClientCard
            | Self::Card
            | Self::PlanLine
            | Self::PlanDay
            | Self::Visit
            | Self::AddOn
            | Self::ActualVisit
            | Self::ActualAddOn
            | Self::Unapproved
            | Self::ActualDay
            | Self::ActualDeletion => &[],
        }
    }

    /// Whether rows of the kind are a plan's.
    pub fn is_of_a_plan(self) -> bool {
        matches!(self, Self::PlanLine | Self::PlanDay)
    }

    /// Whether the field belongs to the record and must be there.
    pub fn need(self, field: Field) -> Option<Need> {
        self.fields()
            .iter()
            .find(|(of, _)| *of == field)
            .map(|(_, need)| *need)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Digits;
    use super::*;

    #[test]
    fn no_record_names_a_field_twice() {
        for kind in RecordKind::ALL {
            let mut fields: Vec<_> = kind.fields().iter().map(|(field, _)| *field).collect();
            let all = fields.len();
            fields.sort_unstable();
            fields.dedup();
            assert_eq!(fields.len(), all, "{}", kind.name());
        }
    }

    #[test]
    fn no_field_is_wider_than_digits_can_be() {
        for field in Field::ALL {
            if let Kind::Digits { width, zeroes } = field.kind() {
                assert!(
                    zeroes < width && width <= Digits::WIDEST,
                    "{}",
                    field.name()
                );
            }
        }
    }

    #[test]
    fn field_numbers_follow_the_list() {
        for (number, field) in Field::ALL.iter().enumerate() {
            assert_eq!(*field as usize, number);
        }
    }
}
