/** As much of the driver's inside as is used, of which it has no types. */
declare module 'mongodb/lib/cmap/connection.js' {
  import type { Transform, TransformCallback } from 'node:stream';

  type Cut = (this: Transform, chunk: Buffer, encoding: BufferEncoding, callback: TransformCallback) => void;
  const inside: { readonly SizedMessageTransform: { readonly prototype: { _transform: Cut } } };
  export default inside;
}
