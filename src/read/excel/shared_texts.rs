//! The texts that the cells of an `.xlsx` share.
//!
//! Source: ECMA-376 part 1, 18.4.8 (`si`), 18.4.6 (`rPh`: how a text is read aloud, which is
//! no part of it).

use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::Why;
use super::strings::Strings;
use super::xml_text;
use crate::read::decoded::Decoded;

/// Reads them all; the first has the number 0.
pub(super) fn read(xml: impl Read) -> Result<Strings, Why> {
    let mut reader = Reader::from_reader(Decoded::by_its_own_word(xml)?);
    let mut texts = Strings::default();
    let mut text = String::new();
    let mut buffer = Vec::new();
    let mut within = Within::Nothing;
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        match event.map_err(Why::from_xml)? {
            // What an element within a text means nobody can say.
            Event::Start(_) | Event::Empty(_) if within == Within::Text => {
                text.push(char::REPLACEMENT_CHARACTER);
            }
            Event::Start(element) => match element.local_name().as_ref() {
                "si" => text.clear(),
                "t" if within == Within::Nothing => within = Within::Text,
                "rPh" => within = Within::Reading,
                _ => {}
            },
            Event::Empty(element) if element.local_name().as_ref() == "si" => {
                texts.push_with(|_| Ok::<_, Why>(()))?;
            }
            Event::End(element) => match element.local_name().as_ref() {
                "si" => {
                    xml_text::unescape(&mut text, 0);
                    texts.push_with(|out| {
                        out.push_str(&text);
                        Ok::<_, Why>(())
                    })?;
                }
                "t" if within == Within::Text => within = Within::Nothing,
                "rPh" => within = Within::Nothing,
                _ => {}
            },
            Event::Eof => return Ok(texts),
            said if within == Within::Text => xml_text::push(&said, &mut text),
            _ => {}
        }
    }
}

/// What is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    /// A piece of a text.
    Text,
    /// How a piece of a text is read aloud.
    Reading,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_all_its_pieces_and_not_how_they_are_read_aloud() {
        let xml = "<x:sst xmlns:x=\"a\" count=\"9\" uniqueCount=\"99999999999\">\
                   <x:si><x:r><x:rPr><x:b/></x:rPr><x:t>髙</x:t></x:r><x:r><x:t>橋</x:t></x:r>\
                   <x:rPh sb=\"0\" eb=\"1\"><x:t>タカ</x:t></x:rPh></x:si><x:si/>\
                   <x:si><x:t/></x:si><x:si><x:t xml:space=\"preserve\"> a&amp;<![CDATA[<b>]]></x:t></x:si>\
                   </x:sst>";
        let texts = read(xml.as_bytes()).unwrap();
        let all: Vec<_> = (0..5).map(|at| texts.get(at)).collect();
        let expected = [Some("髙橋"), Some(""), Some(""), Some(" a&<b>"), None];
        assert_eq!(all, expected);
    }

    #[test]
    fn an_element_within_a_text_is_no_text() {
        let texts = read(b"<sst><si><t>a<v>1</v></t></si><si><t>b<br/></t></si></sst>".as_slice());
        let texts = texts.unwrap();
        assert_eq!(texts.get(0), Some("a\u{FFFD}1"));
        assert_eq!(texts.get(1), Some("b\u{FFFD}"));
    }

    #[test]
    fn a_list_that_breaks_off_within_a_tag_is_damaged() {
        assert!(read(b"<sst><si><t>a</t></si><si".as_slice()).is_err());
    }
}
