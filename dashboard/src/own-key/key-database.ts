import type { OwnKey } from './own-key.ts';

/** Keys that people had this browser keep: as they are, not readable by any script, one for each member. */
const DATABASE = 'biot-own-keys';
const STORE = 'keys';

export async function keepKey(key: OwnKey): Promise<void> {
  await inStore('readwrite', (store) => store.put(key, key.name));
}

export async function dropKey(name: string): Promise<void> {
  await inStore('readwrite', (store) => store.delete(name));
}

export async function keptKey(name: string): Promise<OwnKey | undefined> {
  const found: unknown = await inStore('readonly', (store) => store.get(name));
  return isOwnKey(found) ? found : undefined;
}

function isOwnKey(value: unknown): value is OwnKey {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'certificate' in value &&
    'privateKey' in value &&
    value.privateKey instanceof CryptoKey
  );
}

async function inStore<Result>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(STORE);
  };
  const database = await settled(opening);
  try {
    return await settled(work(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('the browser’s database did not answer'));
    };
  });
}
