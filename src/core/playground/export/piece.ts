/** A part of a file, with how many documents end in it. Its bytes are good until the next piece is asked for. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly documents: number;
}

/** Where batches are kept while all of them are looked at once: they may be more than memory holds. */
export interface Spool {
  write(batch: Uint8Array): Promise<void>;
  read(): AsyncIterable<Uint8Array>;
}
