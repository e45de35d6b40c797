//! Where the service is: https, or plain http to this very machine (the sandbox).

use std::fmt;

use reqwest::Url;

/// An address that personal data may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

/// The address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no address at all.
    #[error("サービスの住所 `{0}` が正しくありません(例: https://api.example.jp)")]
    Malformed(String),
    /// It would send personal data in the clear.
    #[error("サービスの住所 `{0}` は暗号化されません。https:// で始まる住所にしてください")]
    InTheClear(String),
}

impl Address {
    /// Takes an https address, or an http one of the loopback interface.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let malformed = || AddressError::Malformed(text.to_owned());
        let url = Url::parse(text.trim_end_matches('/')).map_err(|_| malformed())?;
        let host = url.host_str().ok_or_else(malformed)?;
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(host) => Ok(Self(url)),
            "http" => Err(AddressError::InTheClear(text.to_owned())),
            _ => Err(malformed()),
        }
    }

    /// Whether it is on this very machine. Nothing may stand between then: a proxy would get
    /// in the clear what may be in the clear only because it does not leave.
    pub fn is_here(&self) -> bool {
        self.0.host_str().is_some_and(is_loopback)
    }

    /// Whether what goes there is not encrypted; it does not leave the machine then.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The address of a path.
    pub(super) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url
    }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_leaves_encrypted_or_not_at_all() {
        assert!(Address::parse("https://api.example.jp/").is_ok());
        assert!(Address::parse("http://127.0.0.1:8080").is_ok());
        let clear = Address::parse("http://api.example.jp");
        assert_eq!(
            clear,
            Err(AddressError::InTheClear("http://api.example.jp".into()))
        );
        assert!(Address::parse("http://127.0.0.1.example.jp").is_err());
        assert!(Address::parse("api.example.jp").is_err());
    }

    #[test]
    fn a_path_is_put_behind_the_address() {
        let address = Address::parse("https://api.example.jp/care/").unwrap();
        assert_eq!(
            address.join("/v1/link").as_str(),
            "https://api.example.jp/care/v1/link"
        );
    }
}
