import * as vscode from 'vscode';
import type { MongoMeaning } from '../../core/doctor/codes/mongodb.ts';
import type { WordsOf } from './words.ts';

/** Why a MongoDB refuses, or a driver does not get to it. */
export const mongoWords: WordsOf<MongoMeaning> = {
  question: () => [
    vscode.l10n.t('the database does not understand the question'),
    vscode.l10n.t(
      'The database does not understand a part of the question: an operator, an option or a value. Look at what it names below.',
    ),
  ],
  wrongType: () => [
    vscode.l10n.t('a value is of the wrong type'),
    vscode.l10n.t(
      'A value is of another type than the operation can work with. Change it, or the operation.',
    ),
  ],
  noCollection: () => [
    vscode.l10n.t('there is no such collection'),
    vscode.l10n.t(
      'There is no collection by this name in the database. Look at the name, and at the database that is in use.',
    ),
  ],
  noIndex: () => [
    vscode.l10n.t('there is no such index'),
    vscode.l10n.t('The collection has no index by this name. Its row in the tree shows those that it has.'),
  ],
  cursorGone: () => [
    vscode.l10n.t('the rest of the result is gone'),
    vscode.l10n.t(
      'The database keeps the rest of a result for a minute or some more, and has let go of this one. Run it again.',
    ),
  ],
  tooSlow: () => [
    vscode.l10n.t('the database took too long'),
    vscode.l10n.t(
      'The time that the question had was up. Narrow it, give it an index, or allow it more with maxTimeMS; explain() says what takes so long.',
    ),
  ],
  idStays: () => [
    vscode.l10n.t('the _id of a document stays'),
    vscode.l10n.t('The _id of a document cannot be changed. Insert a new document, and delete this one.'),
  ],
  badName: () => [
    vscode.l10n.t('this is no name'),
    vscode.l10n.t('A database or a collection cannot have this name. Choose another.'),
  ],
  otherIndex: () => [
    vscode.l10n.t('there is another index like this'),
    vscode.l10n.t(
      'There is an index with this name or these fields, and other options. Drop that one first, or give this another name.',
    ),
  ],
  writeConflict: () => [
    vscode.l10n.t('somebody else was writing there'),
    vscode.l10n.t('Somebody else was writing to the same document. Try again; nothing of this was written.'),
  ],
  viewCannot: () => [
    vscode.l10n.t('a view cannot do this'),
    vscode.l10n.t(
      'This is a view of another collection, and cannot be written to or indexed. Use the collection.',
    ),
  ],
  memory: () => [
    vscode.l10n.t('it needs more memory than it may have'),
    vscode.l10n.t(
      'Sorting or grouping needs more memory than it may have. Sort by an index, read less, or allow it to use the disk with allowDiskUse(true).',
    ),
  ],
  tooLarge: () => [
    vscode.l10n.t('a document is too large'),
    vscode.l10n.t(
      'A document can have 16 MB, and this one has more. Keep its parts in documents of their own.',
    ),
  ],
  busy: () => [
    vscode.l10n.t('the database is busy'),
    vscode.l10n.t('The database has more to do than it can, and asks to wait. Try again after a moment.'),
  ],
  noStage: () => [
    vscode.l10n.t('there is no such stage'),
    vscode.l10n.t(
      'The database knows no stage by this name. Look at its spelling; not every stage of MongoDB is served.',
    ),
  ],
  noUser: () => [
    vscode.l10n.t('the database has no such user'),
    vscode.l10n.t('The database has no user by this name any more. Refresh to see who there is.'),
  ],
  notAllowed: () => [
    vscode.l10n.t('the database does not allow you this'),
    vscode.l10n.t(
      'The database lets you in, but your role on the cluster does not allow this. An administrator of the cluster can do it, or give you the role.',
    ),
  ],
  replica: () => [
    vscode.l10n.t('this cluster is a replica and takes no changes'),
    vscode.l10n.t('This cluster is a replica and takes no changes. Make them on its primary.'),
  ],
  noRole: () => [
    vscode.l10n.t('the database does not know this role'),
    vscode.l10n.t('The database does not know this role, or not in this combination. Choose another.'),
  ],
  exists: () => [
    vscode.l10n.t('there is one by this name already'),
    vscode.l10n.t('There is a collection or view by this name already. Choose another name.'),
  ],
  notOffered: () => [
    vscode.l10n.t('the database does not offer this'),
    vscode.l10n.t('The database does not offer this, in this version or with these settings.'),
  ],
  duplicate: () => [
    vscode.l10n.t('another document has this value already'),
    vscode.l10n.t(
      'Another document has the same value in a field where each has its own: the _id, or one with a unique index. Change one of them, then try again.',
    ),
  ],
  userExists: () => [
    vscode.l10n.t('the database has this user already'),
    vscode.l10n.t('The database has a user by this name already. Refresh to see it.'),
  ],
  other: ({ code }) => [
    vscode.l10n.t('the database refused this ({0})', code),
    vscode.l10n.t('The database refused this.'),
  ],
  signIn: ({ code, host }) => [
    vscode.l10n.t('{0} does not let you in ({1})', host, code),
    vscode.l10n.t(
      '{0} does not take your sign-in (code {1}). Either you are not among its users, or signing in with Entra is off there. An administrator of the cluster can add you, its owner can turn Entra on; either takes a moment to work. Then retry.',
      host,
      code,
    ),
  ],
  tokenOver: () => [
    vscode.l10n.t('the token has run out'),
    vscode.l10n.t(
      'The token of this connection has run out, and the program brought no new one. Sign in again; a program must ask for a token whenever the driver wants one, and not keep the first.',
    ),
  ],
  moved: () => [
    vscode.l10n.t('another server of the cluster takes the writes now'),
    vscode.l10n.t(
      'The cluster has just made another of its servers the primary, after a failure or for maintenance. Try again after a moment; most drivers do so by themselves.',
    ),
  ],
  stopping: () => [
    vscode.l10n.t('the server is going down'),
    vscode.l10n.t('The server is being stopped or restarted, and ended this. Try again after a moment.'),
  ],
  lost: () => [
    vscode.l10n.t('the database lost a server on the way'),
    vscode.l10n.t(
      'The servers of the cluster did not reach each other in time. Look at the network if it stays, and at the health of the cluster in the portal.',
    ),
  ],
  diskFull: () => [
    vscode.l10n.t('the disk of the cluster is full'),
    vscode.l10n.t(
      'There is no room left on the disk of the cluster, so it takes no more writes. Its owner can make the disk larger in the portal, or delete what is not needed.',
    ),
  ],
  password: () => [
    vscode.l10n.t('the password is not accepted'),
    vscode.l10n.t(
      'The database does not take this password for a user: it is too short or too simple. Choose a longer one, or use Entra, which needs none.',
    ),
  ],
  invalid: () => [
    vscode.l10n.t('the document breaks the rules of its collection'),
    vscode.l10n.t(
      'The collection has rules for its documents, and this one breaks them. Change the document, or the rules.',
    ),
  ],
  ended: () => [
    vscode.l10n.t('somebody ended this'),
    vscode.l10n.t(
      'The operation was ended from outside: by a person, an administrator or a limit. Run it again if it was not meant.',
    ),
  ],
  transaction: () => [
    vscode.l10n.t('the transaction is over'),
    vscode.l10n.t(
      'The transaction has ended, ran for too long, or cannot do this. Begin it again, and keep it short.',
    ),
  ],
  changesLost: () => [
    vscode.l10n.t('the changes since then are gone'),
    vscode.l10n.t(
      'The place from which changes were to be read is no longer kept. Begin anew from now, and read once what there is.',
    ),
  ],
  shardKey: () => [
    vscode.l10n.t('the shard key is missing'),
    vscode.l10n.t(
      'The collection is spread by a shard key, and the document or the filter has none. Add it.',
    ),
  ],
  badIndex: () => [
    vscode.l10n.t('the index cannot be made'),
    vscode.l10n.t(
      'The index cannot be made like this: its fields, its options or the values that it would hold do not allow it. Change what is said below.',
    ),
  ],
  notConfirmed: () => [
    vscode.l10n.t('the write was not confirmed in time'),
    vscode.l10n.t(
      'The write was made, and not enough servers have confirmed it in time. It may hold or not: read it back before you write it again.',
    ),
  ],
  sessions: () => [
    vscode.l10n.t('there are too many sessions'),
    vscode.l10n.t(
      'Programs have opened more sessions than the database keeps. Let them end what they do not need; unused ones go by themselves after half an hour.',
    ),
  ],
  noSelection: () => [
    vscode.l10n.t('no server of the cluster answers'),
    vscode.l10n.t(
      'The driver found no server that it can use in the time it had. Most often the firewall of the cluster does not let this address in; it may also be stopped, have a private endpoint only, or the name is wrong. What stands behind the message often says which.',
    ),
  ],
  tokenCallback: () => [
    vscode.l10n.t('the driver got no token'),
    vscode.l10n.t(
      'The part of the program that brings tokens to the driver brought none, too late, or not in the form that it needs. Sign in, and look at what it says before this.',
    ),
  ],
  noCredentials: () => [
    vscode.l10n.t('the program brought no credentials'),
    vscode.l10n.t(
      'The program asks the database to let it in and says not as whom. Give it a way to get a token: Copy Code… writes one.',
    ),
  ],
  hostRefused: () => [
    vscode.l10n.t('the driver does not send a token to this host'),
    vscode.l10n.t(
      'The host is not among those that the driver may send a token to. Add its name to ALLOWED_HOSTS only if it is really a cluster of yours; the driver’s own list does not know those of Azure.',
    ),
  ],
  mechanism: () => [
    vscode.l10n.t('the cluster does not take this way to sign in'),
    vscode.l10n.t(
      'The cluster does not take this way to sign in: Entra is off there, or the program uses a mechanism that is not served. Turn Entra on, or use MONGODB-OIDC.',
    ),
  ],
};
