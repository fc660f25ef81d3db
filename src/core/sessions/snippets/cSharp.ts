import type { Cloud } from '../../identity/clouds.ts';
import { authority, header, options, scopeOf, suffixOf, whyHostIsChecked } from './target.ts';
import type { Target } from './target.ts';
import { comment, inEightDigits, quoted } from './text.ts';

/** https://www.mongodb.com/docs/drivers/csharp/current/security/authentication/oidc */
export function cSharp(target: Target, cloud: Cloud): string {
  const host = authority(cloud, {
    usGovernment: 'AzureAuthorityHosts.AzureGovernment',
    china: 'AzureAuthorityHosts.AzureChina',
  });
  return `${comment(
    '//',
    header(target, cloud, [
      'dotnet new console',
      'dotnet add package MongoDB.Driver --version 3.*',
      'dotnet add package Azure.Identity --version 1.*',
      'Save this as Program.cs, then: dotnet run',
    ]),
  )}

using System;
using System.Threading;
using System.Threading.Tasks;
using Azure.Core;
using Azure.Identity;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Authentication.Oidc;

const string cluster = ${text(target.cluster)};
const string host = ${text(target.host)};
const string scope = ${text(scopeOf(cloud))};
const string allowedHosts = ${text(suffixOf(target))};

${comment('//', whyHostIsChecked)}
if (!host.EndsWith(allowedHosts, StringComparison.Ordinal))
{
    throw new InvalidOperationException($"{host} is not below {allowedHosts}");
}

var credential = new DefaultAzureCredential(${host === undefined ? '' : `\n    new DefaultAzureCredentialOptions { AuthorityHost = ${host} }`});
var address = $"mongodb+srv://{host}${options}";
var settings = MongoClientSettings.FromConnectionString(address);
settings.Credential = MongoCredential.CreateOidcCredential(new EntraTokens(credential, scope));

using var client = new MongoClient(settings);
var status = await client.GetDatabase("admin")
    .RunCommandAsync<BsonDocument>(new BsonDocument("connectionStatus", 1));
var user = status["authInfo"]["authenticatedUsers"][0]["user"];
Console.WriteLine($"Connected to {cluster} as {user}");
${work(target)}

// Asked whenever the driver needs a token: the credential knows when one is too old.
sealed class EntraTokens(TokenCredential credential, string scope) : IOidcCallback
{
    private readonly TokenRequestContext wanted = new(new[] { scope });

    public OidcAccessToken GetOidcAccessToken(
        OidcCallbackParameters parameters, CancellationToken cancellationToken) =>
        Given(credential.GetToken(wanted, cancellationToken));

    public async Task<OidcAccessToken> GetOidcAccessTokenAsync(
        OidcCallbackParameters parameters, CancellationToken cancellationToken) =>
        Given(await credential.GetTokenAsync(wanted, cancellationToken));

    private static OidcAccessToken Given(AccessToken token) =>
        new(token.Token, token.ExpiresOn - DateTimeOffset.UtcNow);
}
`;
}

function work({ database, collection }: Target): string {
  if (database === undefined) {
    return `using var names = await client.ListDatabaseNamesAsync();
Console.WriteLine("Databases: " + string.Join(", ", await names.ToListAsync()));`;
  }
  if (collection === undefined) {
    return `using var names = await client.GetDatabase(${text(database)}).ListCollectionNamesAsync();
Console.WriteLine("Collections: " + string.Join(", ", await names.ToListAsync()));`;
  }
  return `var collection = client.GetDatabase(${text(database)}).GetCollection<BsonDocument>(${text(collection)});
var first = await collection.Find(FilterDefinition<BsonDocument>.Empty).FirstOrDefaultAsync();
Console.WriteLine("First document: " + first?.ToJson());`;
}

function text(value: string): string {
  return quoted(value, inEightDigits);
}
