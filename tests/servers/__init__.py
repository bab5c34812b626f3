"""Real database servers for the tests of stores: a database of its own for each worker of the suite.

Which servers is said in the environment, by URL:

* `PERMIT_ACCOUNTS_TEST_POSTGRES`, such as `postgresql://postgres@127.0.0.1:5432/postgres`
* `PERMIT_ACCOUNTS_TEST_MARIADB`, such as `mariadb://root@127.0.0.1:3306/`
* `PERMIT_ACCOUNTS_TEST_REDIS`, such as `redis://127.0.0.1:6379/0`

Where one is not named its tests are skipped, and say so. The user must be allowed to create databases; what
is made is dropped again.
"""
