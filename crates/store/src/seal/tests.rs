use super::*;

fn master(digit: char) -> MasterKey {
    MasterKey::from_hex(&Secret::new(digit.to_string().repeat(64))).unwrap()
}

fn place<'a>(row: &'a str, gateway: &'a GatewayRef, provider: &'a str) -> Place<'a> {
    Place { table: "provider_keys", row, gateway, provider, field: "secret" }
}

#[test]
fn a_secret_opens_in_its_own_row() {
    let gateway = GatewayRef::new("default", "default");
    let secret = Secret::new("sk-canary-0123456789".to_owned());
    let place = place("k1", &gateway, "openai");
    let sealed = master('a').seal(&place, &secret).unwrap();
    assert_eq!(master('a').open(&place, &sealed).unwrap(), secret);
    assert!(!sealed.windows(6).any(|window| window == b"canary"));
    assert_ne!(sealed, master('a').seal(&place, &secret).unwrap(), "every seal has its own nonce");
}

#[test]
fn a84_a_moved_row_does_not_open() {
    let (mine, other) = (GatewayRef::new("default", "one"), GatewayRef::new("default", "two"));
    let other_account = GatewayRef::new("acme", "one");
    let key = master('a');
    let sealed = key.seal(&place("k1", &mine, "openai"), &Secret::new("sk-canary".to_owned())).unwrap();
    for moved in [
        place("k2", &mine, "openai"),
        place("k1", &other, "openai"),
        place("k1", &other_account, "openai"),
        place("k1", &mine, "anthropic"),
        Place { field: "note", ..place("k1", &mine, "openai") },
        Place { table: "webhooks", ..place("k1", &mine, "openai") },
        // The same letters, cut elsewhere.
        place("k1d", &GatewayRef::new("efault", "one"), "openai"),
    ] {
        assert_eq!(key.open(&moved, &sealed), Err(SealError::Damaged), "{moved:?}");
    }
}

#[test]
fn a84_every_flipped_bit_is_noticed() {
    let gateway = GatewayRef::new("default", "default");
    let place = place("k1", &gateway, "openai");
    let sealed = master('a').seal(&place, &Secret::new("sk".to_owned())).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut bytes = sealed.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(master('a').open(&place, &bytes).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert_eq!(master('a').open(&place, &sealed[..length]), Err(SealError::Damaged), "{length} bytes");
    }
}

#[test]
fn f59_another_master_key_is_named_as_such() {
    let gateway = GatewayRef::new("default", "default");
    let place = place("k1", &gateway, "openai");
    let sealed = master('a').seal(&place, &Secret::new("sk".to_owned())).unwrap();
    assert_eq!(master('b').open(&place, &sealed), Err(SealError::OtherMasterKey));
}

#[test]
fn a_master_key_is_64_digits_and_never_printed() {
    assert_eq!(format!("{:?}", master('c')), "MasterKey(••••)");
    for text in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
        assert!(matches!(MasterKey::from_hex(&Secret::new(text.to_owned())), Err(SealError::MasterKey)));
    }
    assert!(MasterKey::from_hex(&Secret::new(format!(" {}\n", "0F".repeat(32)))).is_ok());
}
