import type { Cloud } from '../../identity/clouds.ts';
import { authority, header, options, scopeOf, suffixOf, whyHostIsChecked } from './target.ts';
import type { Target } from './target.ts';
import { comment, inEightDigits, quoted } from './text.ts';

/** https://www.mongodb.com/docs/drivers/go/current/security/authentication/oidc */
export function go(target: Target, cloud: Cloud): string {
  const authorityCloud = authority(cloud, {
    usGovernment: 'cloud.AzureGovernment',
    china: 'cloud.AzureChina',
  });
  const azcore =
    authorityCloud === undefined
      ? ''
      : '\t"github.com/Azure/azure-sdk-for-go/sdk/azcore"\n\t"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"\n';
  const credentialOptions =
    authorityCloud === undefined
      ? 'nil'
      : `&azidentity.DefaultAzureCredentialOptions{
\t\tClientOptions: azcore.ClientOptions{Cloud: ${authorityCloud}},
\t}`;
  return `${comment(
    '//',
    header(target, cloud, [
      'Save this as main.go in a folder of its own, then:',
      'go mod init example && go mod tidy && go run .',
      'It takes go.mongodb.org/mongo-driver/v2 and github.com/Azure/azure-sdk-for-go/sdk/azidentity.',
    ]),
  )}

package main

import (
\t"context"
${isFirst(target) ? '\t"errors"\n' : ''}\t"fmt"
\t"log"
\t"strings"

${azcore}\t"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
\t"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
\t"go.mongodb.org/mongo-driver/v2/bson"
\t"go.mongodb.org/mongo-driver/v2/mongo"
\t"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
\tcluster      = ${text(target.cluster)}
\thost         = ${text(target.host)}
\tscope        = ${text(scopeOf(cloud))}
\tallowedHosts = ${text(suffixOf(target))}
)

func main() {
\tif err := run(context.Background()); err != nil {
\t\tlog.Fatal(err)
\t}
}

func run(ctx context.Context) error {
${comment('//', whyHostIsChecked).replaceAll(/^/gm, '\t')}
\tif !strings.HasSuffix(host, allowedHosts) {
\t\treturn fmt.Errorf("%s is not below %s", host, allowedHosts)
\t}

\tcredential, err := azidentity.NewDefaultAzureCredential(${credentialOptions})
\tif err != nil {
\t\treturn err
\t}
\t// Asked whenever the driver needs a token: the credential knows when one is too old.
\tentraTokens := func(ctx context.Context, _ *options.OIDCArgs) (*options.OIDCCredential, error) {
\t\ttoken, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
\t\tif err != nil {
\t\t\treturn nil, err
\t\t}
\t\treturn &options.OIDCCredential{AccessToken: token.Token, ExpiresAt: &token.ExpiresOn}, nil
\t}

\tclient, err := mongo.Connect(options.Client().
\t\tApplyURI("mongodb+srv://" + host + "${options}").
\t\tSetAuth(options.Credential{AuthMechanism: "MONGODB-OIDC", OIDCMachineCallback: entraTokens}))
\tif err != nil {
\t\treturn err
\t}
\tdefer func() { _ = client.Disconnect(ctx) }()

\tcommand := bson.D{{Key: "connectionStatus", Value: 1}}
\tstatus, err := client.Database("admin").RunCommand(ctx, command).Raw()
\tif err != nil {
\t\treturn err
\t}
\tfmt.Println("Connected to", cluster, "as", status.Lookup("authInfo", "authenticatedUsers", "0", "user"))
${work(target)}
\treturn nil
}
`;
}

function isFirst({ database, collection }: Target): boolean {
  return database !== undefined && collection !== undefined;
}

function work({ database, collection }: Target): string {
  if (database === undefined) {
    return `\tnames, err := client.ListDatabaseNames(ctx, bson.D{})
\tif err != nil {
\t\treturn err
\t}
\tfmt.Println("Databases:", names)`;
  }
  if (collection === undefined) {
    return `\tnames, err := client.Database(${text(database)}).ListCollectionNames(ctx, bson.D{})
\tif err != nil {
\t\treturn err
\t}
\tfmt.Println("Collections:", names)`;
  }
  return `\tcollection := client.Database(${text(database)}).Collection(${text(collection)})
\tfirst, err := collection.FindOne(ctx, bson.D{}).Raw()
\tif err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
\t\treturn err
\t}
\tfmt.Println("First document:", first)`;
}

function text(value: string): string {
  return quoted(value, inEightDigits);
}
