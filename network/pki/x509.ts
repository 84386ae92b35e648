// The library injects its dependencies by decorator metadata: the polyfill must be there before it is loaded,
// and modules are evaluated in the order of their imports. Import the library from here and nowhere else.
import 'reflect-metadata';

export * from '@peculiar/x509';
