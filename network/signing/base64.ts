import { z } from 'zod';

/** Bytes as text: base64 (RFC 4648 section 4), the same for every receiver. */
export function toBase64(bytes: Uint8Array): string {
  let characters = '';
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return btoa(characters);
}

/** @param text checked by `base64Schema` */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** @param maximum bytes */
export function base64Schema(maximum: number) {
  return z
    .base64('expected base64')
    .min(4)
    .max(4 * Math.ceil(maximum / 3));
}
