/**
 * How the DER of every P-256 key (SubjectPublicKeyInfo, RFC 5480) begins, in hex: id-ecPublicKey, the named curve, and
 * the mark of an uncompressed point. OpenSSL also reads compressed points, spelled-out curves and bytes left over; asking
 * for exactly this leaves each key one encoding, so that one fingerprint means one key.
 */
export const P256_PREFIX_HEX = '3059301306072a8648ce3d020106082a8648ce3d03010703420004';

/** Bytes of such a key: the prefix and two coordinates. */
export const P256_DER_BYTES = 91;
