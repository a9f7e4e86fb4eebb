// Node's own class, for packages that require it from the package `readable-stream`.
module.exports = require('node:stream').Writable;
