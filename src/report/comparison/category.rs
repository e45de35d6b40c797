//! The sums of a month: their words, their colours, and what to do about each.

use std::borrow::Cow;

use crate::model::{MatchSums, TimeLimits};
use crate::report::look::Tone;

/// One of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    AsPlanned,
    TimeDiffers,
    TimeDoubtful,
    ServiceDiffers,
    Unapproved,
    NoRecord,
    Unplanned,
    ProRated,
}

impl Category {
    /// Every sum, in the order of all sheets.
    pub(super) const ALL: [Self; 8] = [
        Self::AsPlanned,
        Self::TimeDiffers,
        Self::TimeDoubtful,
        Self::ServiceDiffers,
        Self::Unapproved,
        Self::NoRecord,
        Self::Unplanned,
        Self::ProRated,
    ];

    /// How many of them nobody needs to look at: a visit takes place as planned, or some
    /// minutes beside it as most visits do. With these counted in, everybody would be on the
    /// list of those to look at first, and nobody would read it.
    pub(super) const USUAL: u8 = 2;

    /// Those that somebody looks at.
    pub(super) fn to_look_at() -> &'static [Self] {
        &Self::ALL[usize::from(Self::USUAL)..]
    }

    /// The word above a column and beside a bar.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::AsPlanned => "予定どおり",
            Self::TimeDiffers => "時刻違い",
            Self::TimeDoubtful => "時刻要確認",
            Self::ServiceDiffers => "サービス違い",
            Self::Unapproved => "未承認",
            Self::NoRecord => "記録なし",
            Self::Unplanned => "予定外",
            Self::ProRated => "日割",
        }
    }

    /// What a manager does about it.
    pub(super) fn advice(self, limits: TimeLimits) -> Cow<'static, str> {
        let TimeLimits {
            as_planned,
            look_at,
        } = limits;
        let advice = match self {
            Self::AsPlanned => {
                return format!("開始と長さの違いが{as_planned}分まで。することはありません。")
                    .into();
            }
            Self::TimeDiffers => {
                return format!(
                    "違いが{look_at}分まで、長さは予定の4分の1まで。ふつうの違いです。"
                )
                .into();
            }
            Self::TimeDoubtful => {
                "それより大きな違いか、ほかの実績との重なり。記録の誤りでないか確かめます。"
            }
            Self::ServiceDiffers => {
                "どちらが正しいか確かめ、違っている側(楽すけかCare-wing)を直します。"
            }
            Self::Unapproved => "Care-wingで承認し、もう一度「実績の取得」をします。",
            Self::NoRecord => {
                "訪問があったか担当者に確かめ、あれば記録と承認を、なければ予定を取り消します。"
            }
            Self::Unplanned => "予定にない訪問です。予定に足すか、記録の誤りかを確かめます。",
            Self::ProRated => {
                "利用者ごとのコードの数です。日数は楽すけの月間ケアプランで調整します。"
            }
        };
        advice.into()
    }

    /// The colour on every sheet and in the charts.
    pub(super) fn tone(self) -> Tone {
        match self {
            Self::AsPlanned => Tone::Green,
            // Somebody sees that it is there, and is not asked to look.
            Self::TimeDiffers => Tone::Plain,
            Self::TimeDoubtful => Tone::Yellow,
            Self::ServiceDiffers => Tone::Orange,
            Self::Unapproved => Tone::Violet,
            Self::NoRecord => Tone::Red,
            Self::Unplanned => Tone::Blue,
            Self::ProRated => Tone::Grey,
        }
    }

    /// The sum.
    pub(super) fn of(self, sums: &MatchSums) -> u32 {
        match self {
            Self::AsPlanned => sums.as_planned,
            Self::TimeDiffers => sums.time_differs,
            Self::TimeDoubtful => sums.time_doubtful,
            Self::ServiceDiffers => sums.service_differs,
            Self::Unapproved => sums.unapproved,
            Self::NoRecord => sums.no_record,
            Self::Unplanned => sums.unplanned,
            Self::ProRated => sums.pro_rated,
        }
    }
}

/// How much there is to look at.
pub(super) fn to_look_at(sums: &MatchSums) -> u32 {
    let categories = Category::to_look_at().iter();
    categories.map(|category| category.of(sums)).sum()
}

/// `記録なし 3　予定外 1`: what there is to look at, and nothing that is 0.
pub(super) fn in_words(sums: &MatchSums) -> String {
    let found = Category::to_look_at().iter().filter_map(|category| {
        let count = category.of(sums);
        (count > 0).then(|| format!("{} {count}", category.label()))
    });
    found.collect::<Vec<_>>().join("　")
}
