//! Answers that refuse a whole call: all of them, in one list.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why a call was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Body,
}

#[derive(Debug, Serialize)]
struct Body {
    code: &'static str,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            body: Body {
                code,
                message,
                pointer: None,
            },
        }
    }

    pub(super) fn bad_key() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "bad_key",
            "APIキーが正しくありません。",
        )
    }

    pub(super) fn other_device() -> Self {
        let message = "親機として登録されたパソコン以外からは連動できません。";
        Self::new(StatusCode::FORBIDDEN, "other_device", message)
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "指定された場所はありません。",
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "この場所では使えないメソッドです。";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        )
    }

    pub(super) fn in_progress() -> Self {
        let message = "同じキーの要求を処理しています。";
        Self::new(StatusCode::CONFLICT, "in_progress", message)
    }

    pub(super) fn foreign_basic_data() -> Self {
        let message = "楽すけ以外から登録された基本情報があるため、登録できません。";
        Self::new(StatusCode::CONFLICT, "foreign_basic_data", message)
    }

    pub(super) fn too_large() -> Self {
        let message = "一度に登録できる件数または大きさを超えています。";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// `pointer` leads into the body, or names the query's parameter as `/cursor`.
    pub(super) fn malformed(pointer: impl Into<String>) -> Self {
        let message = "要求の形が正しくありません。";
        let mut refusal = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "malformed", message);
        refusal.body.pointer = Some(pointer.into());
        refusal
    }

    pub(super) fn idempotency_mismatch() -> Self {
        let message = "同じキーが別の内容で使われました。";
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_mismatch",
            message,
        )
    }

    pub(super) fn too_many_requests() -> Self {
        let message = "要求が多すぎます。しばらくしてからやり直してください。";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
    }

    pub(super) fn not_saved() -> Self {
        let message = "内部エラーのため保存できませんでした。";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "not_saved", message)
    }

    /// What a fault told the service to answer.
    pub(super) fn out_of_order(status: StatusCode) -> Self {
        Self::new(status, "out_of_order", "ただいまサービスを利用できません。")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
