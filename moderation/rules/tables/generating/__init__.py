"""How the tables beside this folder are made; never imported by the service, only by the generator and its tests."""
