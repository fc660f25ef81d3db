// In place of libraries that the playground's process never asks for anything: what mongosh signs in and connects
// with, since a playground has a client of our own, and what Babel knows of browsers.
module.exports = {};
