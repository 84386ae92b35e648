/**
 * The little of Protocol Buffers that a peer's messages to a chaincode need: integers and length-delimited fields.
 * (@hyperledger/fabric-protos would do, but its types lack those of its base class.)
 */
const VARINT = 0;
const DELIMITED = 2;

export type Field = string | Uint8Array | number | bigint;

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

function encodeField(number: number, field: Field): Uint8Array {
  const tag = (wire: number): number[] => varint(BigInt((number << 3) | wire));
  if (typeof field === 'number' || typeof field === 'bigint') {
    return Uint8Array.from([...tag(VARINT), ...varint(BigInt(field))]);
  }
  const bytes = Buffer.from(field);
  return Buffer.concat([Uint8Array.from([...tag(DELIMITED), ...varint(BigInt(bytes.length))]), bytes]);
}

/** A message from its fields, by their numbers. */
export function encodeFields(fields: Readonly<Record<number, Field>>): Uint8Array {
  return Buffer.concat(Object.entries(fields).map(([number, field]) => encodeField(Number(number), field)));
}

/** The fields of a message, by their numbers: integers as bigint, all else as bytes. */
export function decodeFields(message: Uint8Array): Map<number, bigint | Uint8Array> {
  const fields = new Map<number, bigint | Uint8Array>();
  let at = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(next());
    const value = next();
    if ((tag & 7) === VARINT) fields.set(tag >> 3, value);
    else fields.set(tag >> 3, message.subarray(at, (at += Number(value))));
  }
  return fields;
}
