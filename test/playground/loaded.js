/* global db */
globalThis.loadedAnswer = (n) => 2 * n + 2;
db.loaded.insertOne({ _id: 'loaded' });
