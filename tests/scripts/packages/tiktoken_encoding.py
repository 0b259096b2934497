# packages: tiktoken
"""tiktoken (Rust: byte pair encoding over fancy-regex) with a vocabulary made here, so that nothing is fetched."""
import tiktoken

ranks = {bytes([b]): b for b in range(256)}
for pair in (b"th", b"the", b"in", b"ing", b" t", b" the", b"an", b"and", b"\xc5\xbc", b"er", b"  "):
    ranks[pair] = len(ranks)
encoding = tiktoken.Encoding("tiny", pat_str=r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
                             mergeable_ranks=ranks, special_tokens={"<|end|>": len(ranks)})
for text in ("the thing and the singer", "zażółć ż", "I'll go: 12345!", "  two  spaces\n\nlines", "", "🐍👩‍👩‍👧"):
    tokens = encoding.encode(text)
    print(tokens, len(tokens), encoding.decode(tokens) == text, encoding.decode_tokens_bytes(tokens)[:4])
print(encoding.n_vocab, encoding.max_token_value, encoding.encode("a<|end|>b", allowed_special="all"), encoding.encode_single_token(b"the"), encoding.decode_with_offsets(encoding.encode("żółw the")))
print(encoding.encode_ordinary("a<|end|>")[:5], [sorted(part) for part in encoding.encode_with_unstable("the an")], encoding.is_special_token(encoding.eot_token) if "<|endoftext|>" in encoding.special_tokens_set else sorted(encoding.special_tokens_set))
for bad in (lambda: encoding.encode("a<|end|>b"), lambda: encoding.encode_single_token(b"nonsense"), lambda: encoding.decode([999_999]), lambda: encoding.decode_single_token_bytes(10**6), lambda: encoding.encode(5), lambda: tiktoken.get_encoding("no-such")):
    try:
        print(bad())
    except BaseException as error:
        print(type(error).__name__, str(error).splitlines()[0][:90])
