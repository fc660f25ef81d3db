import type { Socket } from 'node:net';
import { CommandError, errorReply } from './commandError.ts';
import { Disconnect } from './conversation.ts';
import type { Conversation } from './conversation.ts';
import {
  FrameReader,
  MAX_MESSAGE,
  MAX_MESSAGE_BEFORE_AUTHENTICATION,
  MessageError,
  ProtocolError,
  parseMessage,
  replyFrame,
} from './frame.ts';
import type { Envelope } from './frame.ts';
import type { Reply } from './commands/command.ts';

/** A socket that says nothing for this long is closed. */
const IDLE = 1_200_000;

/** Serves one socket until either side has had enough. Never rejects: a broken peer concerns nobody else. */
export async function serve(socket: Socket, conversation: Conversation): Promise<void> {
  socket.setNoDelay(true);
  socket.setTimeout(IDLE, () => socket.destroy());
  // Whatever ends it has ended the reading below as well; without a listener it would end the process.
  socket.on('error', () => socket.destroy());
  // A peer that goes away takes its running commands along.
  socket.once('close', () => conversation.close());
  try {
    const frames = new FrameReader();
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      frames.push(chunk);
      await drain(frames, socket, conversation);
    }
  } catch (error) {
    // A fault of ours: worth a look, but not the end of everybody else's connection.
    if (!isOrdinaryEnd(error)) process.emitWarning(error instanceof Error ? error : String(error));
  } finally {
    socket.destroy();
  }
}

async function drain(frames: FrameReader, socket: Socket, conversation: Conversation): Promise<void> {
  for (;;) {
    const limit = conversation.trusted ? MAX_MESSAGE : MAX_MESSAGE_BEFORE_AUTHENTICATION;
    const frame = frames.next(limit);
    if (!frame) return;
    const { envelope, reply } = await answer(frame, conversation);
    if (envelope.expectsReply && !socket.write(replyFrame(envelope, reply))) await drained(socket);
  }
}

/** Waits until a peer has taken what it was sent, or has gone. */
async function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.once('drain', done);
    socket.once('close', done);
  });
}

async function answer(
  frame: Buffer,
  conversation: Conversation,
): Promise<{ readonly envelope: Envelope; readonly reply: Reply }> {
  try {
    const { envelope, body } = parseMessage(frame);
    return { envelope, reply: await conversation.answer(body) };
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return {
      envelope: error.envelope,
      reply: errorReply(
        new CommandError('InternalError', `An unexpected internal error has occurred: ${error.message}`),
      ),
    };
  }
}

/** A cut connection, a peer that speaks something else: the end of this socket, not a fault of ours. */
function isOrdinaryEnd(error: unknown): boolean {
  if (error instanceof ProtocolError || error instanceof Disconnect) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
