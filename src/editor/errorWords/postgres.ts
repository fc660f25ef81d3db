import * as vscode from 'vscode';
import type { PostgresMeaning } from '../../core/doctor/codes/postgres.ts';
import type { WordsOf } from './words.ts';

/** Why a PostgreSQL refuses. */
export const postgresWords: WordsOf<PostgresMeaning> = {
  signIn: () => [
    vscode.l10n.t('PostgreSQL does not take the password or token'),
    vscode.l10n.t(
      'The server does not take the password, or the token in its place. A token holds for about an hour; the name must be that of the role, letter for letter; and the role must be there. Get a new token, compare the name, or have yourself added.',
    ),
  ],
  notAdmitted: () => [
    vscode.l10n.t('PostgreSQL does not admit this connection'),
    vscode.l10n.t(
      'The server admits no connection like this: the role is not there, the address is not let in, TLS is off, or this way to sign in is turned off. Use sslmode=require, and have the address and the role added.',
    ),
  ],
  notAllowed: () => [
    vscode.l10n.t('your role does not allow this'),
    vscode.l10n.t(
      'The server lets you in, but your role has no right to this table, schema or function. Its owner or an administrator can grant it.',
    ),
  ],
  noDatabase: () => [
    vscode.l10n.t('there is no such database'),
    vscode.l10n.t(
      'The server has no database by this name. The one that each cluster begins with is citus; look at the name.',
    ),
  ],
  starting: () => [
    vscode.l10n.t('the server is starting or stopping'),
    vscode.l10n.t(
      'The server is starting, stopping or recovering, and takes no connections yet. Try again after a moment.',
    ),
  ],
  ended: () => [
    vscode.l10n.t('the server ended the connection'),
    vscode.l10n.t('The server was restarted or an administrator ended the connection. Connect again.'),
  ],
  full: () => [
    vscode.l10n.t('there are too many connections'),
    vscode.l10n.t(
      'All connections that the server has are in use. Close some, use a pool, or wait until others have ended.',
    ),
  ],
  disk: () => [
    vscode.l10n.t('the disk of the server is full'),
    vscode.l10n.t(
      'There is no room left on the disk of the server. Its owner can make it larger, or delete what is not needed.',
    ),
  ],
  memory: () => [
    vscode.l10n.t('the server has not enough memory'),
    vscode.l10n.t(
      'The server has not enough memory for this. Ask for less at once; its owner can give it more.',
    ),
  ],
  cancelled: () => [
    vscode.l10n.t('the query was cancelled'),
    vscode.l10n.t(
      'The query was cancelled: by somebody, or because its time was up. Narrow it, give it an index, or raise statement_timeout.',
    ),
  ],
  readOnly: () => [
    vscode.l10n.t('nothing can be written here'),
    vscode.l10n.t(
      'This server or transaction only reads: a replica, perhaps, or a full disk. Write to the primary.',
    ),
  ],
  conflict: () => [
    vscode.l10n.t('somebody else was working there'),
    vscode.l10n.t('Somebody else was changing or holding the same rows. Run the transaction again.'),
  ],
  missing: () => [
    vscode.l10n.t('something by this name is not there'),
    vscode.l10n.t(
      'There is no table, column, function or schema by this name, or not on the search path. Look at the spelling, quotes included, and at the database that you are in.',
    ),
  ],
  question: () => [
    vscode.l10n.t('the server does not understand the statement'),
    vscode.l10n.t('There is a mistake in the statement. The position behind the message says where.'),
  ],
  duplicate: () => [
    vscode.l10n.t('another row has this value already'),
    vscode.l10n.t('Another row has the same value in a column where each has its own. Change one of them.'),
  ],
  constraint: () => [
    vscode.l10n.t('the row breaks a rule of its table'),
    vscode.l10n.t(
      'The table has a rule that this row breaks: a value is missing, points to nothing, or is out of its limits. Change the row.',
    ),
  ],
  exists: () => [
    vscode.l10n.t('there is one by this name already'),
    vscode.l10n.t('There is a table, database or role by this name already. Choose another name.'),
  ],
  value: () => [
    vscode.l10n.t('a value does not fit its type'),
    vscode.l10n.t(
      'A value is not one of its type: too long, too large, or written in another way. Change it.',
    ),
  ],
  notOffered: () => [
    vscode.l10n.t('the server does not offer this'),
    vscode.l10n.t(
      'The server does not offer this: a distributed table cannot do all that a plain one can, and some things are kept to the service.',
    ),
  ],
  connection: () => [
    vscode.l10n.t('the connection failed'),
    vscode.l10n.t(
      'The connection could not be made or was lost. Look at the address, the firewall and TLS, then try again.',
    ),
  ],
  internal: () => [
    vscode.l10n.t('the server made a mistake'),
    vscode.l10n.t(
      'The server itself has failed at this. Try again; if it stays, its owner should ask for support.',
    ),
  ],
  transaction: () => [
    vscode.l10n.t('the transaction has failed already'),
    vscode.l10n.t(
      'An earlier statement of the transaction failed, and the rest is not run. Roll back, and begin again.',
    ),
  ],
  other: ({ code }) => [
    vscode.l10n.t('PostgreSQL refused this ({0})', code),
    vscode.l10n.t('PostgreSQL refused this. The state says why.'),
  ],
};
