import type { Cloud } from '../../identity/clouds.ts';
import { header, options, scopeOf, suffixOf, whyHostIsChecked } from './target.ts';
import type { Target } from './target.ts';
import { comment, inBraces, quoted } from './text.ts';

/**
 * https://docs.rs/mongodb/latest/mongodb/options/oidc and https://docs.rs/azure_identity: there is no credential
 * in Rust that finds out where it runs, and none of these two asks a cloud's Entra itself.
 */
export function rust(target: Target, cloud: Cloud): string {
  return `${comment(
    '//',
    header(target, cloud, [
      'cargo init && cargo add mongodb@3 azure_core azure_identity && cargo add tokio --features full',
      'Save this as src/main.rs, then: cargo run',
      'In Azure, set AZURE_TOKEN_CREDENTIALS to ManagedIdentityCredential.',
    ]),
  )}

use std::env;
use std::error::Error;
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_identity::{
    DeveloperToolsCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use mongodb::bson::${target.collection === undefined ? 'doc' : '{doc, Document}'};
use mongodb::options::oidc::{Callback, IdpServerResponse};
use mongodb::options::{AuthMechanism, ClientOptions, Credential};
use mongodb::Client;

const CLUSTER: &str = ${text(target.cluster)};
const HOST: &str = ${text(target.host)};
const SCOPE: &str = ${text(scopeOf(cloud))};
const ALLOWED_HOSTS: &str = ${text(suffixOf(target))};

fn azure_credential() -> azure_core::Result<Arc<dyn TokenCredential>> {
    if env::var("AZURE_TOKEN_CREDENTIALS").is_ok_and(|wanted| wanted == "ManagedIdentityCredential") {
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id: env::var("AZURE_CLIENT_ID").ok().map(UserAssignedId::ClientId),
            ..Default::default()
        };
        return Ok(ManagedIdentityCredential::new(Some(options))?);
    }
    Ok(DeveloperToolsCredential::new(None)?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
${comment('//', whyHostIsChecked).replaceAll(/^/gm, '    ')}
    if !HOST.ends_with(ALLOWED_HOSTS) {
        return Err(format!("{HOST} is not below {ALLOWED_HOSTS}").into());
    }

    let credential = azure_credential()?;
    // Asked whenever the driver needs a token: the credential knows when one is too old.
    let entra_tokens = Callback::machine(move |_| {
        let credential = credential.clone();
        Box::pin(async move {
            let token = credential
                .get_token(&[SCOPE], None)
                .await
                .map_err(|error| mongodb::error::Error::custom(error.to_string()))?;
            Ok(IdpServerResponse::builder().access_token(token.token.secret()).build())
        })
    });

    let address = format!("mongodb+srv://{HOST}${options}");
    let mut options = ClientOptions::parse(address).await?;
    options.credential = Some(
        Credential::builder()
            .mechanism(AuthMechanism::MongoDbOidc)
            .oidc_callback(entra_tokens)
            .build(),
    );
    let client = Client::with_options(options)?;

    let status = client.database("admin").run_command(doc! { "connectionStatus": 1 }).await?;
    println!("Connected to {CLUSTER}: {}", status.get_document("authInfo")?);
${work(target)}
    client.shutdown().await;
    Ok(())
}
`;
}

function work({ database, collection }: Target): string {
  if (database === undefined) return '    println!("Databases: {:?}", client.list_database_names().await?);';
  if (collection === undefined) {
    return `    let database = client.database(${text(database)});
    println!("Collections: {:?}", database.list_collection_names().await?);`;
  }
  return `    let collection = client.database(${text(database)}).collection::<Document>(${text(collection)});
    println!("First document: {:?}", collection.find_one(doc! {}).await?);`;
}

function text(value: string): string {
  return quoted(value, inBraces);
}
