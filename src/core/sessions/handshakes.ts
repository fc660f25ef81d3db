import inside from 'mongodb/lib/cmap/connection.js';

/** The driver's, whose connections sign in within a time, and end with their client also before that. */
export { MongoClient } from './frames.ts';

const { prototype } = inside.Connection;
const name = 'command';
const send = prototype[name];
/** Those that began to sign in. */
const begun = new WeakSet<object>();

/**
 * The driver cancels a connection up to its TLS, and knows one that has signed in. Between them it would wait as
 * long as a server likes, whoever closed the client: so it ends then, and a sign-in has the time of a connection.
 */
prototype[name] = async function (ns, command, options, responseType) {
  const { authContext: context } = this;
  const isSigningIn = !this.established || context?.reauthenticating === true;
  if (context === undefined || !isSigningIn) return send.call(this, ns, command, options, responseType);
  const { cancellationToken, connectTimeoutMS } = context.options;
  if (cancellationToken !== undefined && !begun.has(this)) {
    begun.add(this);
    // Not only while something is asked: a token is waited for as well.
    const cancel = (): void => {
      if (!this.established) this.destroy();
    };
    cancellationToken.once('cancel', cancel);
    this.once('close', () => cancellationToken.off('cancel', cancel));
  }
  const limited = { ...options, socketTimeoutMS: options?.socketTimeoutMS ?? connectTimeoutMS };
  return send.call(this, ns, command, limited, responseType);
};
