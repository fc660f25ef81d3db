const notes = new WeakMap<object, Map<unknown, unknown>>();

function read(key: unknown, target: object): unknown {
  return notes.get(target)?.get(key);
}

/**
 * The certificate library's container asks for the Reflect metadata proposal and brings no implementation.
 * It reads constructor parameter types, of which compiled code declares none, and keeps notes of its own.
 */
export function provideReflection(): void {
  if ('getMetadata' in Reflect) return;
  Object.assign(Reflect, {
    getMetadata: read,
    getOwnMetadata: read,
    defineMetadata(key: unknown, value: unknown, target: object): void {
      const known = notes.get(target) ?? new Map<unknown, unknown>();
      notes.set(target, known.set(key, value));
    },
  });
}
