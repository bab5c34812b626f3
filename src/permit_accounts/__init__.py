"""Sign-in for city permit portals: public users and licensed contractors, for any web framework."""
