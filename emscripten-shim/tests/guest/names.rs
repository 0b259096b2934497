//! Answers that the host allocates in the guest: addresses of names, protocols.

use super::Machine;

/// A guest with these texts.
fn with_names() -> Machine {
    let mut machine = Machine::new();
    machine.write(1024, b"127.0.0.1\x008080\0tcp\0udp\0::1\0no.name\0");
    machine
}

const IPV4: i32 = 1024;
const PORT: i32 = 1034;
const TCP: i32 = 1039;
const UDP: i32 = 1043;
const IPV6: i32 = 1047;
const UNKNOWN: i32 = 1051;

#[test]
fn each_protocol_has_one_record() {
    let mut machine = with_names();
    let [tcp, udp] = [TCP, UDP].map(|name| machine.number("getprotobyname", &[name]));
    assert_ne!(tcp, udp);
    for (name, entry, text, number) in [(TCP, tcp, ["tcp", "TCP"], 6), (UDP, udp, ["udp", "UDP"], 17)] {
        assert_eq!(machine.number("getprotobyname", &[name]), entry, "it is static");
        let entry = entry as u64;
        let [own, aliases, has] = machine.words(entry);
        assert_eq!((machine.c_str(own as u32).as_str(), has), (text[0], number));
        let [alias, end] = machine.words(aliases as u64);
        assert_eq!((machine.c_str(alias as u32).as_str(), end), (text[1], 0));
    }
}

#[test]
fn a_guest_without_memory_is_told() {
    let mut machine = with_names();
    for left in [0, 1] {
        let instance = &machine.instance;
        let memory = instance.exports.get_global("left").unwrap();
        memory.set(&mut machine.store, wasmer::Value::I32(left)).unwrap();
        // EAI_MEMORY; what was allocated is free again.
        assert_eq!(machine.number("getaddrinfo", &[IPV4, PORT, 0, 16]), -10);
        assert_eq!(machine.word(16), 0);
        assert_eq!(machine.global("left"), 0);
    }
    assert_eq!(machine.number("getprotobyname", &[TCP]), 0);
}

#[test]
fn an_ipv6_address_is_longer() {
    let mut machine = with_names();
    assert_eq!(machine.number("getaddrinfo", &[IPV6, PORT, 0, 16]), 0);
    let info: u64 = machine.word(16).into();
    assert_eq!((machine.word(info + 4), machine.word(info + 16)), (10, 28));
    let address: u64 = machine.word(info + 20).into();
    assert_eq!(machine.bytes(address, 4), [10, 0, 0x1f, 0x90]);
    assert_eq!(machine.bytes(address + 8, 16), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    // EAI_NONAME; and it is not one of four bytes.
    assert_eq!(machine.number("getaddrinfo", &[UNKNOWN, PORT, 0, 16]), -2);
    assert_eq!(machine.number("_emscripten_lookup_name", &[IPV6]), 0);
}
