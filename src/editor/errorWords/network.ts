import * as vscode from 'vscode';
import type { NetworkMeaning } from '../../core/doctor/codes/network.ts';
import type { WordsOf } from './words.ts';

/** Why nobody answers. */
export const networkWords: WordsOf<NetworkMeaning> = {
  noAddress: ({ host }) => [
    vscode.l10n.t('{0} has no address', host),
    vscode.l10n.t(
      'Azure names no address for {0}: it is being made, perhaps, or this kind of cluster has none. Refresh the cluster, then retry.',
      host,
    ),
  ],
  dns: ({ detail, host }) => [
    vscode.l10n.t('{0} is not found', host),
    vscode.l10n.t(
      'The name {0} leads nowhere from here ({1}). A cluster with a private endpoint is found inside its network only, by VPN for instance; a deleted one is found nowhere. Check the network, then retry.',
      host,
      detail,
    ),
  ],
  resolver: ({ detail }) => [
    vscode.l10n.t('the name server does not answer'),
    vscode.l10n.t(
      'The name server of this machine does not answer, or not this question ({0}): some do not pass on SRV records. Try again, then check the network, the VPN and the name server.',
      detail,
    ),
  ],
  timeout: ({ detail, host }) => [
    vscode.l10n.t('{0} does not answer', host),
    vscode.l10n.t(
      '{0} does not answer ({1}). Its firewall may not admit this machine, it may have a private endpoint only, or it is stopped. Add your address to its firewall, join its network or start it, then retry.',
      host,
      detail,
    ),
  ],
  privateTimeout: ({ detail, host }) => [
    vscode.l10n.t('{0} does not answer in its private network', host),
    vscode.l10n.t(
      '{0} does not answer ({1}) at an address of a private network, which this machine is not in or does not reach. Join it, by VPN for instance, then retry. Rules of a firewall do not count there.',
      host,
      detail,
    ),
  ],
  refused: ({ detail, host }) => [
    vscode.l10n.t('{0} refuses the connection', host),
    vscode.l10n.t(
      'Nothing takes connections at {0} ({1}). It is stopped or starting, the port is wrong, or something in between refuses. Look at its state in the portal, and at the port.',
      host,
      detail,
    ),
  ],
  noRoute: ({ detail, host }) => [
    vscode.l10n.t('there is no way to {0}', host),
    vscode.l10n.t('This machine has no way to {0} ({1}). Check the network and the VPN.', host, detail),
  ],
  tls: ({ detail, host }) => [
    vscode.l10n.t('the certificate of {0} is not trusted', host),
    vscode.l10n.t(
      '{0} shows a certificate that this machine does not trust ({1}). A proxy that reads along is the usual reason. If the proxy is your organisation’s, have its certificate authority installed here, then retry.',
      host,
      detail,
    ),
  ],
  certificateOver: ({ detail, host }) => [
    vscode.l10n.t('the certificate of {0} does not hold now', host),
    vscode.l10n.t(
      'The certificate of {0} has expired, or does not hold yet ({1}). Check the clock of this machine first; else whoever runs the host has to renew it.',
      host,
      detail,
    ),
  ],
  certificateName: ({ detail, host }) => [
    vscode.l10n.t('the certificate is of another name', host),
    vscode.l10n.t(
      '{0} shows a certificate of another name ({1}). Use the name that Azure gives it, not its IP address or an alias, and check the proxy.',
      host,
      detail,
    ),
  ],
  notTls: ({ detail, host }) => [
    vscode.l10n.t('{0} does not speak TLS there', host),
    vscode.l10n.t(
      'What answers at {0} does not speak TLS, or an old version of it ({1}). Look at the port, and at a proxy in between.',
      host,
      detail,
    ),
  ],
  cut: ({ detail, host }) => [
    vscode.l10n.t('the connection to {0} was cut', host),
    vscode.l10n.t(
      'The connection to {0} was cut before the answer came ({1}). What was asked may have been done all the same: refresh to see, then retry.',
      host,
      detail,
    ),
  ],
  other: ({ detail, host }) => [
    vscode.l10n.t('{0} could not be reached', host),
    vscode.l10n.t(
      '{0} could not be reached ({1}). Check the network, the VPN and the proxy, then retry.',
      host,
      detail,
    ),
  ],
};
