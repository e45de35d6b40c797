//! The operating system's own store for keys: Credential Manager of Windows, Keychain of macOS.
//!
//! Other systems have none that is always there: the Secret Service of a Linux desktop needs a
//! session with a desktop, which a server or a nightly job has not.

use std::sync::Arc;

use super::Safe;

/// The store of this system, if it has one.
#[cfg(any(windows, target_os = "macos"))]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
pub(super) fn store() -> Option<Arc<dyn Safe>> {
    Some(Arc::new(native::System))
}

/// The store of this system, if it has one.
#[cfg(not(any(windows, target_os = "macos")))]
pub(super) fn store() -> Option<Arc<dyn Safe>> {
    None
}

#[cfg(any(windows, target_os = "macos"))]
mod native {
    use std::collections::HashMap;

    use keyring_core::Entry;
    use keyring_core::api::CredentialStoreApi as _;
    use secrecy::{ExposeSecret as _, SecretString};

    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    #[cfg(windows)]
    use windows_native_keyring_store::Store;

    use crate::service::key::{ApiKey, KeyError, Safe};

    /// What the keys are listed under, where the user looks into the store.
    const SERVICE: &str = "rakuwing";

    /// `Local` keeps a key on this machine. The default, `Enterprise`, lets it follow the user
    /// to every machine of a domain.
    #[cfg(windows)]
    const KEEPING: [(&str, &str); 1] = [("persistence", "Local")];
    #[cfg(target_os = "macos")]
    const KEEPING: [(&str, &str); 0] = [];

    #[cfg(windows)]
    const NAME: &str = "Windows の資格情報マネージャー";
    #[cfg(target_os = "macos")]
    const NAME: &str = "macOS のキーチェーン";

    #[cfg(windows)]
    const CURE: &str = "ふだんの利用者で Windows にサインインし直してから、もう一度同じ操作をしてください。\n\
         タスク スケジューラから動かすときは、タスクの「パスワードを保存しない」の印を外してください";
    #[cfg(target_os = "macos")]
    const CURE: &str = "「キーチェーンアクセス」で「ログイン」のロックを外してから、もう一度同じ操作をしてください。\n\
         使ってよいか尋ねられたら「許可」を選んでください";

    /// The store of the user who runs the program.
    #[derive(Debug)]
    pub(super) struct System;

    impl Safe for System {
        fn keep(&self, name: &str, key: &ApiKey) -> Result<(), KeyError> {
            entry(name)
                .and_then(|entry| entry.set_password(key.expose()))
                .map_err(|error| failed("にAPIキーを保存できません", error))
        }

        fn find(&self, name: &str) -> Result<Option<ApiKey>, KeyError> {
            match entry(name).and_then(|entry| entry.get_password()) {
                Ok(text) => {
                    // Wiped from memory when it is dropped, as the key is.
                    let text = SecretString::from(text);
                    Ok(ApiKey::new(text.expose_secret()))
                }
                Err(
                    keyring_core::Error::NoEntry
                    | keyring_core::Error::BadEncoding(_)
                    | keyring_core::Error::BadDataFormat(..),
                ) => Ok(None),
                Err(error) => Err(failed("からAPIキーを読み出せません", error)),
            }
        }
    }

    fn entry(name: &str) -> keyring_core::Result<Entry> {
        Store::new()?.build(SERVICE, name, Some(&HashMap::from(KEEPING)))
    }

    fn failed(action: &'static str, error: keyring_core::Error) -> KeyError {
        use keyring_core::Error;
        let cause = match error {
            Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
            // Two variants carry what was found, so none of them is printed whole.
            Error::TooLong(what, most) => format!("{what} > {most}"),
            _ => "unexpected answer".to_owned(),
        };
        KeyError::System {
            store: NAME,
            action,
            cause,
            cure: CURE,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_key_that_was_kept_is_found_until_it_is_replaced() {
            let name = format!("test.{}", crate::chance::fresh_id());
            let find = || System.find(&name).unwrap();
            assert!(find().is_none());
            for text in ["first", "second"] {
                System.keep(&name, &ApiKey::new(text).unwrap()).unwrap();
                assert_eq!(find().unwrap().expose(), text);
            }
            entry(&name).unwrap().delete_credential().unwrap();
            assert!(find().is_none());
        }

        #[test]
        fn what_cannot_be_a_key_is_none() {
            let name = format!("test.{}", crate::chance::fresh_id());
            entry(&name).unwrap().set_secret(b"\xff\xff\xff").unwrap();
            assert!(System.find(&name).unwrap().is_none());
            entry(&name).unwrap().delete_credential().unwrap();
        }

        #[test]
        fn a_key_that_does_not_fit_is_named_in_no_error() {
            let long = "secret".repeat(1000);
            let error = System
                .keep("test", &ApiKey::new(&long).unwrap())
                .unwrap_err();
            let words = format!("{error} {error:?}");
            assert!(words.contains(NAME) && !words.contains("secret"), "{words}");
        }
    }
}
