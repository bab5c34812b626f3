"""A store in a SQL database, through SQLAlchemy. Needs the extra `postgres` or `mariadb`."""
