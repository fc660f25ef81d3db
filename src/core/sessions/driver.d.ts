/** As much of the driver's inside as is used, of which it has no types. */
declare module 'mongodb/lib/cmap/connection.js' {
  import type { EventEmitter } from 'node:events';
  import type { Transform, TransformCallback } from 'node:stream';

  type Cut = (this: Transform, chunk: Buffer, encoding: BufferEncoding, callback: TransformCallback) => void;

  interface Connection extends EventEmitter {
    /** It has signed in. */
    readonly established: boolean;
    /** From the first command on. */
    readonly authContext?: {
      readonly reauthenticating: boolean;
      readonly options: { readonly cancellationToken?: EventEmitter; readonly connectTimeoutMS: number };
    };
    destroy(): void;
  }

  type Send = (
    this: Connection,
    ns: unknown,
    command: unknown,
    options: { readonly socketTimeoutMS?: number } | undefined,
    responseType: unknown,
  ) => Promise<unknown>;

  const inside: {
    readonly SizedMessageTransform: { readonly prototype: { _transform: Cut } };
    readonly Connection: { readonly prototype: { command: Send } };
  };
  export default inside;
}
