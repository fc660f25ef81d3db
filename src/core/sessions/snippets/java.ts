import type { Cloud } from '../../identity/clouds.ts';
import { authority, header, options, scopeOf, suffixOf, whyHostIsChecked } from './target.ts';
import type { Target } from './target.ts';
import { comment, quoted } from './text.ts';

/** https://www.mongodb.com/docs/drivers/java/sync/current/security/auth/oidc */
export function java(target: Target, cloud: Cloud): string {
  const host = authority(cloud, {
    usGovernment: 'AzureAuthorityHosts.AZURE_GOVERNMENT',
    china: 'AzureAuthorityHosts.AZURE_CHINA',
  });
  return `${comment(
    '//',
    header(target, cloud, [
      'Save this as Main.java, then: jbang Main.java (https://www.jbang.dev)',
      'It reads the packages from the two lines below; for Maven or Gradle they have the same names.',
    ]),
  )}

//DEPS org.mongodb:mongodb-driver-sync:5.9.0
//DEPS com.azure:azure-identity:1.18.6

import com.azure.core.credential.TokenRequestContext;
${host === undefined ? '' : 'import com.azure.identity.AzureAuthorityHosts;\n'}import com.azure.identity.DefaultAzureCredential;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCredential;
import com.mongodb.MongoCredential.OidcCallback;
import com.mongodb.MongoCredential.OidcCallbackResult;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
${target.collection === undefined ? 'import java.util.ArrayList;\n' : ''}import org.bson.Document;

public class Main {
    static final String CLUSTER = ${text(target.cluster)};
    static final String HOST = ${text(target.host)};
    static final String SCOPE = ${text(scopeOf(cloud))};
    static final String ALLOWED_HOSTS = ${text(suffixOf(target))};

    public static void main(String[] args) {
${indented(comment('//', whyHostIsChecked))}
        if (!HOST.endsWith(ALLOWED_HOSTS)) {
            throw new IllegalStateException(HOST + " is not below " + ALLOWED_HOSTS);
        }

        DefaultAzureCredential credential = new DefaultAzureCredentialBuilder()${host === undefined ? '' : `\n            .authorityHost(${host})`}.build();
        // Asked whenever the driver needs a token: the credential knows when one is too old.
        OidcCallback entraTokens = context -> new OidcCallbackResult(
            credential.getTokenSync(new TokenRequestContext().addScopes(SCOPE)).getToken());

        String address = "mongodb+srv://" + HOST + "${options}";
        MongoClientSettings settings = MongoClientSettings.builder()
            .applyConnectionString(new ConnectionString(address))
            .credential(MongoCredential.createOidcCredential(null)
                .withMechanismProperty(MongoCredential.OIDC_CALLBACK_KEY, entraTokens))
            .build();

        try (MongoClient client = MongoClients.create(settings)) {
            Document status = client.getDatabase("admin").runCommand(new Document("connectionStatus", 1));
            Document user = status.get("authInfo", Document.class)
                .getList("authenticatedUsers", Document.class).get(0);
            System.out.println("Connected to " + CLUSTER + " as " + user.getString("user"));
${work(target)}
        }
    }
}
`;
}

function work({ database, collection }: Target): string {
  if (database === undefined) {
    return `            System.out.println("Databases: " + client.listDatabaseNames().into(new ArrayList<>()));`;
  }
  if (collection === undefined) {
    return `            System.out.println("Collections: "
                + client.getDatabase(${text(database)}).listCollectionNames().into(new ArrayList<>()));`;
  }
  return `            Document first = client.getDatabase(${text(database)}).getCollection(${text(collection)})
                .find().first();
            System.out.println("First document: " + (first == null ? "none" : first.toJson()));`;
}

function indented(lines: string): string {
  return lines.replaceAll(/^/gm, '        ');
}

/** Its `\u` is read before anything else is: a line's end written so would end the line. */
function text(value: string): string {
  return quoted(value, (character) =>
    character
      .split('')
      .map((unit) => unit.charCodeAt(0))
      .map((code) =>
        code < 256 ? `\\${code.toString(8).padStart(3, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`,
      )
      .join(''),
  );
}
